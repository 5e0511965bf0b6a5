import { z } from 'zod';
import { headerName } from '../gateway-api/http-route-match.ts';
import { byteQuantity } from '../shape/quantity.ts';
import {
  durationMs,
  groupName,
  kindName,
  maxUint32,
  objectName,
  portNumber,
  preciseHostname,
  visibleText,
} from '../shape/shape.ts';

/** Fields of a BackendTrafficPolicy about a request's answer: faults, replacements, compression. */

const percentage = z.number().min(0).max(100).default(100);

export const faultInjection = z
  .object({
    delay: z
      .object({ fixedDelay: durationMs.refine((ms) => ms > 0, 'must be more than 0'), percentage })
      .optional(),
    abort: z
      .object({
        httpStatus: z.int().min(200).max(599).optional(),
        grpcStatus: z.int().min(0).max(16).optional(),
        percentage,
      })
      .refine(({ httpStatus, grpcStatus }) => (httpStatus === undefined) !== (grpcStatus === undefined), {
        path: ['httpStatus'],
        message: 'give either this or grpcStatus',
      })
      .optional(),
  })
  .refine(({ delay, abort }) => delay !== undefined || abort !== undefined, {
    path: ['abort'],
    message: 'give this or a delay',
  });

const compression = z.object({
  /** Translation leaves out an algorithm that it does not know. */
  type: z.string().max(64),
  minContentLength: byteQuantity(30, maxUint32).optional(),
});

export const compressors = z.array(compression).max(8).optional();

const statusCode = z
  .object({
    type: z.enum(['Value', 'Range']).default('Value'),
    value: z.int().min(100).max(599).optional(),
    range: z
      .object({ start: z.int().min(100).max(599), end: z.int().min(100).max(599) })
      .refine(({ start, end }) => end > start, { path: ['end'], message: 'must be greater than start' })
      .optional(),
  })
  .superRefine(({ type, value, range }, context) => {
    const [field, given] = type === 'Value' ? (['value', value] as const) : (['range', range] as const);
    if (given === undefined)
      context.addIssue({ code: 'custom', path: [field], message: `is required for type ${type}` });
  });

const header = z.object({ name: headerName, value: visibleText(4096) });

/** Body of an answer, here or in a ConfigMap. */
export const responseBody = z
  .object({
    type: z.enum(['Inline', 'ValueRef']).default('Inline'),
    inline: z.string().max(1_048_576).optional(),
    valueRef: z.object({ group: groupName.default(''), kind: kindName, name: objectName }).optional(),
  })
  .superRefine(({ type, inline, valueRef }, context) => {
    const [field, given] =
      type === 'Inline' ? (['inline', inline] as const) : (['valueRef', valueRef] as const);
    if (given === undefined)
      context.addIssue({ code: 'custom', path: [field], message: `is required for type ${type}` });
  });

const headers = z.array(header).max(16).default([]);

const responseOverride = z
  .object({
    match: z
      .object({
        statusCodes: z.array(statusCode).min(1).max(50).optional(),
        responseHeaders: z
          .array(
            z.object({
              name: headerName,
              value: z.object({
                type: z.enum(['Exact', 'Prefix', 'Suffix', 'RegularExpression']).default('Exact'),
                value: z.string().min(1).max(1024),
              }),
            }),
          )
          .min(1)
          .max(16)
          .optional(),
      })
      .refine(({ statusCodes, responseHeaders }) => (statusCodes ?? responseHeaders) !== undefined, {
        path: ['statusCodes'],
        message: 'give this or responseHeaders',
      }),
    response: z
      .object({
        contentType: visibleText(256).optional(),
        body: responseBody.optional(),
        statusCode: z.int().min(200).max(599).optional(),
        header: z.object({ set: headers, add: headers }).optional(),
      })
      .optional(),
    redirect: z
      .object({
        scheme: z.enum(['http', 'https']).optional(),
        hostname: preciseHostname.optional(),
        path: z
          .object({
            type: z.literal('ReplaceFullPath'),
            replaceFullPath: visibleText(1024).regex(/^\//, 'must begin with /'),
          })
          .optional(),
        port: portNumber.optional(),
        statusCode: z.union([z.literal(301), z.literal(302)]).default(302),
      })
      .optional(),
    source: z.enum(['All', 'Local', 'Backend']).default('All'),
  })
  .refine(({ response, redirect }) => (response === undefined) !== (redirect === undefined), {
    path: ['response'],
    message: 'give either this or a redirect',
  });

export const responseOverrides = z.array(responseOverride).max(64).optional();

export type FaultInjection = z.infer<typeof faultInjection>;
export type ResponseOverride = z.infer<typeof responseOverride>;
export type ResponseBody = z.infer<typeof responseBody>;
