import { typeUrl, type TypeUrl } from '../../../src/publish/type-table.ts';

/** Names of types in tests. */
export type Service = 'CDS' | 'EDS' | 'SDS' | 'ECDS' | 'LDS' | 'SRDS' | 'RDS' | 'VHDS';

export const services: readonly Service[] = ['CDS', 'EDS', 'SDS', 'ECDS', 'LDS', 'SRDS', 'RDS', 'VHDS'];

export function urlOf(service: Service): TypeUrl {
  return urls[service];
}

export function serviceOf(url: string): Service | undefined {
  return services.find((service) => urls[service] === url);
}

const urls: Readonly<Record<Service, TypeUrl>> = {
  CDS: typeUrl.cluster,
  EDS: typeUrl.endpoint,
  SDS: typeUrl.secret,
  ECDS: typeUrl.extension,
  LDS: typeUrl.listener,
  SRDS: typeUrl.scope,
  RDS: typeUrl.route,
  VHDS: typeUrl.virtualHost,
};
