import { z } from 'zod';
import { secretObjectReference } from '../gateway-api/listener.ts';
import { groupName, kindName, objectName, preciseHostname } from '../shape/shape.ts';
import { checkTlsVersions, tlsSettings } from './tls-settings.ts';

/** TLS to the endpoints of a Backend: https://gateway.envoyproxy.io/docs/api/extension_types/#backendtlssettings */
export const backendTlsSettings = z
  .object({
    caCertificateRefs: z
      .array(z.object({ group: groupName, kind: kindName, name: objectName }))
      .max(8)
      .default([]),
    wellKnownCACertificates: z
      .string()
      .max(253)
      .optional()
      .transform((name) => (name === '' ? undefined : name)),
    insecureSkipVerify: z.boolean().default(false),
    sni: preciseHostname.optional(),
    autoSNIFromEndpointHostname: z.boolean().default(false),
    clientCertificateRef: secretObjectReference.optional(),
    ...tlsSettings,
  })
  .superRefine((tls, context) => {
    const hasAuthorities = tls.caCertificateRefs.length > 0;
    if (hasAuthorities && tls.wellKnownCACertificates !== undefined) {
      const message = 'give either these or wellKnownCACertificates';
      context.addIssue({ code: 'custom', path: ['caCertificateRefs'], message });
    }
    if (tls.insecureSkipVerify && (hasAuthorities || tls.wellKnownCACertificates !== undefined)) {
      const message = 'must not be true beside CA certificates';
      context.addIssue({ code: 'custom', path: ['insecureSkipVerify'], message });
    }
    if (tls.sni !== undefined && tls.autoSNIFromEndpointHostname)
      context.addIssue({ code: 'custom', path: ['sni'], message: 'excludes autoSNIFromEndpointHostname' });
    checkTlsVersions(tls, context);
  });

export type BackendTlsSettings = z.infer<typeof backendTlsSettings>;
