/** Types that resources of a type name, in the order in which Envoy subscribes to them. */
export const namedBy = {
  CDS: ['EDS', 'SDS'],
  LDS: ['SDS', 'ECDS', 'SRDS', 'RDS'],
  SRDS: ['RDS'],
} as const;

/** Types whose resources name those of a type. */
export const users = {
  EDS: ['CDS'],
  SDS: ['CDS', 'LDS', 'RDS', 'VHDS'],
  ECDS: ['LDS'],
  SRDS: ['LDS'],
  RDS: ['LDS', 'SRDS'],
} as const;
