import { secretObjectReference } from '../gateway-api/listener.ts';
import { tolerant } from '../tolerant.ts';
import { checkTlsVersions, tlsSettings } from './tls-settings.ts';

/** TLS of a Gateway's proxies to their backends. Where a part cannot be read, no request is sent over TLS. */
export const backendTls = tolerant(
  { clientCertificateRef: secretObjectReference.optional(), ...tlsSettings },
  {
    clientCertificateRef: undefined,
    minVersion: undefined,
    maxVersion: undefined,
    ciphers: [],
    ecdhCurves: [],
    signatureAlgorithms: [],
    alpnProtocols: undefined,
  },
  checkTlsVersions,
);
