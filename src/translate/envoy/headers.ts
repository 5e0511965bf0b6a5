import {
  HeaderValueOption_HeaderAppendAction,
  type HeaderValueOption,
} from '../../../proto/gen/envoy/config/core/v3/base.ts';
import type { HeaderIR, HeaderModifierIR } from '../ir.ts';

/** Fields that a Route and a ClusterWeight share. */
export interface HeaderFields {
  requestHeadersToAdd?: HeaderValueOption[];
  requestHeadersToRemove?: string[];
  responseHeadersToAdd?: HeaderValueOption[];
  responseHeadersToRemove?: string[];
}

export function headerFields(request: HeaderModifierIR, response: HeaderModifierIR): HeaderFields {
  const fields: HeaderFields = {};
  if (request.set.length + request.add.length > 0) fields.requestHeadersToAdd = options(request);
  if (request.remove.length > 0) fields.requestHeadersToRemove = [...request.remove];
  if (response.set.length + response.add.length > 0) fields.responseHeadersToAdd = options(response);
  if (response.remove.length > 0) fields.responseHeadersToRemove = [...response.remove];
  return fields;
}

function options({ set, add }: HeaderModifierIR): HeaderValueOption[] {
  return [
    ...set.map((header) =>
      headerOption(header, HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD),
    ),
    ...add.map((header) =>
      headerOption(header, HeaderValueOption_HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD),
    ),
  ];
}

/** Escapes `%COMMAND%`, which Envoy would expand: a user could read a proxy's secrets or break its configuration. */
export function headerOption(
  { name, value }: HeaderIR,
  appendAction: HeaderValueOption_HeaderAppendAction,
): HeaderValueOption {
  return { header: { key: name, value: value.replaceAll('%', '%%') }, appendAction, keepEmptyValue: true };
}
