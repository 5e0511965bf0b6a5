/** Path of the CAs in images of Envoy and in Debian; Envoy has no word for the system's own (`system_root_certs` is gRPC's). */
export const systemAuthorities = {
  specifier: { $case: 'filename', value: '/etc/ssl/certs/ca-certificates.crt' },
} as const;
