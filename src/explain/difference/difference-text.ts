import type { Difference, GatewayDifference, ResourceChange, StatusChange } from './difference.ts';
import type { Drain } from './drains.ts';
import type { FieldChange } from './json-difference.ts';

/** Returns lines for people; the first is a summary. */
export function differenceLines(difference: Difference): string[] {
  const { gateways, statuses } = difference;
  if (gateways.length + statuses.length === 0) return ['no change'];
  return [summaryOf(difference), ...gateways.flatMap(gatewayLines), ...statusLines(statuses)];
}

function summaryOf({ gateways, statuses }: Difference): string {
  const resources = gateways.flatMap((one) => one.resources);
  const drained = resources.filter(({ drain }) => drain !== undefined && drain.kind !== 'none').length;
  const bytes = gateways.reduce((sum, one) => sum + one.bytes * (one.proxies ?? 1), 0);
  return [
    `${counted(resources.length, 'resource')} at ${counted(gateways.length, 'Gateway')}`,
    `${counted(bytes, 'byte')} to send`,
    drained === 0 ? 'no listener drains connections' : `${counted(drained, 'listener')} drains connections`,
    counted(statuses.length, 'status', 'statuses'),
  ].join(', ');
}

function gatewayLines({ gateway, proxies, bytes, resources }: GatewayDifference): string[] {
  const to = proxies === undefined ? 'to each proxy' : `to each of ${counted(proxies, 'proxy', 'proxies')}`;
  return ['', `Gateway ${gateway}: ${counted(bytes, 'byte')} ${to}`, ...resources.flatMap(resourceLines)];
}

function resourceLines({ change, type, name, fields, drain }: ResourceChange): string[] {
  const secret = change === 'changed' && fields.length === 0 ? ['      secret content differs'] : [];
  return [`  ${signs[change]} ${type} ${name}${drainText(drain)}`, ...fieldLines(fields), ...secret];
}

function drainText(drain: Drain | undefined): string {
  if (drain === undefined || drain.kind === 'none') return '';
  return drain.kind === 'all'
    ? ' (drains all its connections)'
    : ` (drains connections of ${drain.chains.join(', ')})`;
}

function statusLines(statuses: readonly StatusChange[]): string[] {
  if (statuses.length === 0) return [];
  return [
    '',
    'Statuses',
    ...statuses.flatMap(({ object, change, fields }) => [
      `  ${signs[change]} ${object}`,
      ...fieldLines(fields),
    ]),
  ];
}

function fieldLines(fields: readonly FieldChange[]): string[] {
  const shown = fields.slice(0, maxFields).map(({ path, before, after }) => {
    if (before === undefined) return `      ${path}: + ${short(after)}`;
    return after === undefined
      ? `      ${path}: - ${short(before)}`
      : `      ${path}: ${short(before)} → ${short(after)}`;
  });
  return fields.length > maxFields ? [...shown, `      and ${fields.length - maxFields} more fields`] : shown;
}

function short(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const signs = { added: '+', removed: '-', changed: '~' } as const;

/** Fields of one resource: a new rule has tens of them. */
const maxFields = 10;
const maxCharacters = 100;
