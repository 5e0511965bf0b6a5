import { z } from 'zod';

/** Places that Sluice itself may fetch from. */
export const allowedPlaces = z.array(
  z
    .string()
    .max(253)
    .regex(/^(\*|(\*\.)?[a-zA-Z0-9.:-]+(\/\d{1,3})?)$/, 'must be a host name, an address, a range or *'),
);

/** Exceptions to the addresses that Sluice never connects to. */
export const trustedAddresses = z.array(
  z
    .string()
    .max(60)
    .regex(/^(\[[0-9a-fA-F:.]+\]|[0-9.]+):\d{1,5}$/, 'must be an IP address and a port'),
);
