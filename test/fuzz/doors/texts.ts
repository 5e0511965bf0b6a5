import { certificatesIn } from '../../../src/translate/certificates/pem.ts';
import { parseKeyPair } from '../../../src/translate/listeners/tls.ts';
import { accessLogFormatProblem } from '../../../src/translate/listeners/access-log-format.ts';
import { regexProblem } from '../../../src/translate/routes/http/regex.ts';
import { splitPem } from '../../../src/certs/split-pem.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { parseDiscovery } from '../../../src/documents/discovery.ts';
import { proxiesOf } from '../../../src/lib/tls-identity.ts';
import { registriesOf } from '../../../src/kinds/core/registry-credentials.ts';
import { compareVersions } from '../../../src/kinds/resource-version.ts';
import { addressScope } from '../../../src/kinds/shape/address-scope.ts';
import { parseAddress } from '../../../src/kinds/shape/address.ts';
import { isBase64 } from '../../../src/kinds/shape/base64.ts';
import { fieldPath, fieldPathSegments } from '../../../src/kinds/shape/field-path.ts';
import { IpRanges, plainAddress } from '../../../src/kinds/shape/ip-ranges.ts';
import { parseOciReference } from '../../../src/kinds/shape/oci-reference.ts';
import { durationMs, hostname } from '../../../src/kinds/shape/shape.ts';
import { parseChallenge } from '../../../src/wasm/registry-auth.ts';
import { selfSigned } from '../../rig/objects/certificate.ts';
import { textDoor } from '../door.ts';

const pair = selfSigned(['a.test']);
const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'];

const pemDoor = textDoor({
  name: 'pem',
  seeds: [`${pair.certificate}${pair.privateKey}`, pair.certificate.repeat(3), pair.privateKey],
  words: [begin, end, '-----BEGIN PRIVATE KEY-----', '-----BEGIN EC PARAMETERS-----', '\r\n', '-'],
  run: (text) => {
    const found = certificatesIn(text, 16);
    const type = 'kubernetes.io/tls';
    return [
      typeof found === 'string' ? found : found.map(String),
      parseKeyPair({ type, certificate: text, privateKey: pair.privateKey }),
      parseKeyPair({ type, certificate: pair.certificate, privateKey: text }),
      splitPem(text),
    ];
  },
});

const configDoor = textDoor({
  name: 'config',
  seeds: [
    'provider: { type: file, file: { directory: x } }\nxds: { port: 18000, tls: off }\n',
    'provider:\n  type: kubernetes\n  kubernetes:\n    namespace: a\ntranslate: { lua: true }\n',
    'wasm: { allow: ["10.0.0.0/8", "*"], hostKeys: [A] }\n',
  ],
  words: [
    'provider',
    'xds',
    'tls',
    'wasm',
    ': ',
    '\n  ',
    '- ',
    '&a ',
    '*a',
    '<<: ',
    '!!',
    '? ',
    '- ',
    '{a: ',
    '[? ',
    '[',
    '{',
    '|',
  ],
  run: (text) => parseConfig(text, '/etc/sluice/config.yaml'),
});

const regexDoor = textDoor({
  name: 'regex',
  seeds: ['/v[0-9]+(a|b)*', '(?i)^/x{1,30}$', '\\p{Greek}\\Q.*\\E[[:alpha:]]', '(?P<n>a)|\\x{41}'],
  words: [
    '(?:',
    '(?i)',
    '{1,9}',
    '\\p{L}',
    '\\pN',
    '\\Q',
    '\\E',
    '[^',
    '[[:digit:]]',
    '**',
    '\\x{',
    '.{0,500}',
  ],
  run: (text) => regexProblem(text, 'ns'),
});

const logFormatDoor = textDoor({
  name: 'access log format',
  seeds: ['[%START_TIME(%s)%] "%REQ(:METHOD)%" %RESPONSE_CODE:3%\n', '%%'],
  words: ['%', '%REQ(', ')%', '%DURATION%', '(', ':9%', '%DYNAMIC_METADATA(a:b)%'],
  run: accessLogFormatProblem,
});

/** Short texts of many sorts, each of which all parsers get. */
const wordsDoor = textDoor({
  name: 'names and addresses',
  seeds: [
    '10.0.0.1',
    '64:ff9b::7f00:1',
    'fe80::1%eth0',
    '10.0.0.0/8',
    'a.b.test',
    '1h30m',
    'spec.rules[0].matches[1]["a.b"]',
    'oci://registry.test:5000/team/plugin:v1@sha256:'.padEnd(112, 'a'),
    'URI:spiffe://sluice.dev/ns/default/gateway/web/uid/0b1c, DNS:a.test',
    'Bearer realm="https://auth.test/token",service="registry"',
    'Y2VydA==',
    '12345678901234567890',
    '{"auths":{"https://registry.test/v1/":{"auth":"YTpi"}}}',
  ],
  words: [
    '::',
    '.',
    ':',
    '/',
    '%',
    '*.',
    '[',
    '"',
    'spiffe://',
    'realm="',
    'sha256:',
    'ffff:',
    '\\u',
    '=',
    '\n',
  ],
  run: (text) => [
    parseAddress(text),
    addressScope(text),
    plainAddress(text),
    new IpRanges([text]).has('10.1.2.3'),
    fieldPathSegments(text),
    fieldPath(fieldPathSegments(text)),
    parseOciReference(text),
    durationMs.safeParse(text).data,
    hostname.safeParse(text).data,
    proxiesOf(text),
    parseChallenge(text),
    isBase64(text),
    compareVersions(text, '100'),
    registriesOf(text),
  ],
});

const discoveryDoor = textDoor({
  name: 'discovery',
  seeds: [
    '{"issuer":"https://a.test","authorization_endpoint":"https://a.test/a","token_endpoint":"https://a.test/t?x=1"}',
    '{"issuer":"https://a.test","token_endpoint":"https://[::1]:8443/t","end_session_endpoint":null}',
  ],
  words: ['{', '}', '[', '":', ',"', 'https://', '_endpoint', ':8443', '/', '?', '#', '@', '%', '\\u0000'],
  run: (text) => parseDiscovery(text, 'https://a.test'),
});

export const textDoors = [discoveryDoor, pemDoor, configDoor, regexDoor, logFormatDoor, wordsDoor];
