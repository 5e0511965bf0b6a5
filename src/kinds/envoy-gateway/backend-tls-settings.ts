import { secretObjectReference } from '../gateway-api/listener.ts';
import { tolerant } from '../tolerant.ts';
import { checkTlsVersions, tlsSettings } from './tls-settings.ts';

/** TLS of a Gateway's proxies to their backends. Where a part cannot be read, clusters stay as they were. */
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
