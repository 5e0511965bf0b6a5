import { Builder, ByteBuffer } from 'flatbuffers';
import { EndpointEntry } from '../../proto/gen/batch/endpoint-entry.ts';
import { EndpointSliceRow } from '../../proto/gen/batch/endpoint-slice-row.ts';
import { PortEntry } from '../../proto/gen/batch/port-entry.ts';
import { Span } from '../../proto/gen/batch/span.ts';

export interface FlatEndpointSlice {
  readonly ipVersion: 4 | 6 | 0;
  readonly service: string;
  readonly endpoints: readonly FlatEndpoint[];
  readonly ports: readonly FlatPort[];
  /** At most 255. */
  readonly zones: readonly string[];
}

export interface FlatEndpoint {
  /** IP address, most significant word first; an IPv4 address is in the last word. */
  readonly words: readonly [number, number, number, number];
  /** Bit 0 ready, bit 1 serving, bit 2 terminating. */
  readonly conditions: number;
  /** Place in the slice's zones, from 1; 0: none. */
  readonly zone: number;
}

export interface FlatPort {
  readonly name: string;
  readonly port: number;
}

/** Returns exact bytes, equal for equal slices. Does not sort: the caller does. */
export function encodeEndpointSlice(slice: FlatEndpointSlice): Uint8Array<ArrayBuffer> {
  const texts = [slice.service, ...slice.ports.map(({ name }) => name), ...slice.zones].map((text) =>
    encoder.encode(text),
  );
  const offsets: number[] = [];
  let length = 0;
  for (const text of texts) {
    offsets.push(length);
    length += text.length;
  }
  const all = new Uint8Array(length);
  for (const [i, text] of texts.entries()) all.set(text, offsets[i] ?? 0);

  builder.clear();
  const textOffset = builder.createByteVector(all);
  EndpointSliceRow.startPortsVector(builder, slice.ports.length);
  for (let i = slice.ports.length - 1; i >= 0; i--) {
    const size = texts[i + 1]?.length ?? 0;
    PortEntry.createPortEntry(builder, offsets[i + 1] ?? 0, size, slice.ports[i]?.port ?? 0);
  }
  const portsOffset = builder.endVector();
  const zonesOffset = slice.zones.length === 0 ? undefined : zonesVector(slice, texts, offsets);
  EndpointSliceRow.startEndpointsVector(builder, slice.endpoints.length);
  for (let i = slice.endpoints.length - 1; i >= 0; i--) {
    const endpoint = slice.endpoints[i];
    if (endpoint === undefined) continue;
    const [a, b, c, d] = endpoint.words;
    EndpointEntry.createEndpointEntry(builder, a, b, c, d, endpoint.conditions, endpoint.zone);
  }
  const endpointsOffset = builder.endVector();
  EndpointSliceRow.startEndpointSliceRow(builder);
  EndpointSliceRow.addIpVersion(builder, slice.ipVersion);
  EndpointSliceRow.addService(builder, Span.createSpan(builder, 0, texts[0]?.length ?? 0));
  EndpointSliceRow.addEndpoints(builder, endpointsOffset);
  EndpointSliceRow.addPorts(builder, portsOffset);
  EndpointSliceRow.addText(builder, textOffset);
  if (zonesOffset !== undefined) EndpointSliceRow.addZones(builder, zonesOffset);
  builder.finish(EndpointSliceRow.endEndpointSliceRow(builder));
  return builder.asUint8Array().slice();
}

function zonesVector(
  { ports, zones }: FlatEndpointSlice,
  texts: readonly Uint8Array[],
  offsets: readonly number[],
): number {
  EndpointSliceRow.startZonesVector(builder, zones.length);
  for (let i = ports.length + zones.length; i > ports.length; i--)
    Span.createSpan(builder, offsets[i] ?? 0, texts[i]?.length ?? 0);
  return builder.endVector();
}

/** Decodes bytes of {@link encodeEndpointSlice}, also when they are part of a larger buffer, at any alignment. */
export function decodeEndpointSlice(bytes: Uint8Array): FlatEndpointSlice {
  const row = EndpointSliceRow.getRootAsEndpointSliceRow(new ByteBuffer(bytes), rowCursor);
  const text = row.textArray() ?? new Uint8Array(0);
  const textOf = (span: Span | null) => {
    const offset = span?.offset() ?? 0;
    return decoder.decode(text.subarray(offset, offset + (span?.length() ?? 0)));
  };
  const endpoints: FlatEndpoint[] = [];
  for (let i = 0, count = row.endpointsLength(); i < count; i++) {
    row.endpoints(i, endpointCursor);
    endpoints.push({
      words: [endpointCursor.a(), endpointCursor.b(), endpointCursor.c(), endpointCursor.d()],
      conditions: endpointCursor.conditions(),
      zone: endpointCursor.zone(),
    });
  }
  const ports: FlatPort[] = [];
  for (let i = 0, count = row.portsLength(); i < count; i++) {
    row.ports(i, portCursor);
    ports.push({ name: textOf(portCursor.name(spanCursor)), port: portCursor.port() });
  }
  const zones: string[] = [];
  for (let i = 0, count = row.zonesLength(); i < count; i++) zones.push(textOf(row.zones(i, spanCursor)));
  const version = row.ipVersion();
  const service = textOf(row.service(spanCursor));
  // A cursor that kept its buffer would keep the whole batch in memory.
  for (const cursor of [rowCursor, endpointCursor, portCursor, spanCursor]) cursor.bb = null;
  return { ipVersion: version === 4 || version === 6 ? version : 0, service, endpoints, ports, zones };
}

/** Grows to the largest slice seen; the API allows 1,000 endpoints. Encoding is synchronous, so one builder is enough. */
const builder = new Builder(32 * 1024);
const rowCursor = new EndpointSliceRow();
const endpointCursor = new EndpointEntry();
const portCursor = new PortEntry();
const spanCursor = new Span();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
