import { command } from '../command.ts';
import { bad, good, listFlag, quoted, requiredFlag } from '../inputs.ts';
import { isDnsName, isGatewayName } from '../names.ts';

export const certgen = command({
  name: 'certgen',
  summary: 'make and renew the certificates of the xDS channel, for Sluice or proxies outside a cluster',
  details: `Writes to DIR ca.crt, ca.key, tls.crt and tls.key, for xds.tls, and to DIR/NS/NAME the ca.crt, tls.crt and tls.key of
the proxies of that Gateway, with the token that they send if xds.tls.tokenKeyFile is DIR/drain.key. Certificates are
valid for 90 days, the CA for two years.
Run it daily, with the same flags: it renews certificates in the last third of their life, and prints a line for each
step. A new CA is trusted for a day before it signs, so each ca.crt must reach its place within the day. Sluice and
Envoy read the files again when they change.`,
  inputs: {
    out: requiredFlag('DIR', 'the folder of the certificates', { completes: 'folder' }),
    dns: listFlag('NAME', 'a DNS name of the xDS server, besides sluice', (text) =>
      isDnsName(text) ? good(text) : bad(`must be a DNS name (got ${quoted(text)})`),
    ),
    gateway: listFlag('NS/NAME', 'a Gateway whose proxies get a certificate, in DIR/NS/NAME', (text) => {
      if (!isGatewayName(text)) return bad(`must be NAMESPACE/NAME (got ${quoted(text)})`);
      const [namespace = '', name = ''] = text.split('/');
      return good({ namespace, name });
    }),
  },
  run: async ({ out, dns, gateway }, { terminal }) =>
    (await import('../certgen.ts')).certgen(
      { folder: out, dnsNames: dns, gateways: gateway },
      terminal,
      Date.now(),
    ),
});
