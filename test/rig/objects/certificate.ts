import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** PEM; just enough DER for the code that checks it. */
export function selfSigned(
  names: readonly string[],
  keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } = ecKeys(),
): { readonly certificate: string; readonly privateKey: string } {
  const algorithm =
    keys.privateKey.asymmetricKeyType === 'rsa'
      ? sequence(oid('2a864886f70d01010b'), Buffer.from('0500', 'hex'))
      : sequence(oid('2a8648ce3d040302'));
  const subject = sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(names[0] ?? 'test')))));
  const alternatives = sequence(...names.map((name) => tlv(0x82, Buffer.from(name))));
  const extensions = sequence(sequence(oid('551d11'), tlv(0x04, alternatives)));
  const serial = createHash('sha256').update(names.join()).digest().subarray(0, 8);
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    subject,
    sequence(tlv(0x17, Buffer.from('250101000000Z')), tlv(0x17, Buffer.from('450101000000Z'))),
    subject,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, extensions),
  );
  const signature = sign('sha256', body, keys.privateKey);
  const der = sequence(body, algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { certificate: pem(der), privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

export function tlsSecret(
  name: string,
  pair: { certificate: string; privateKey: string },
  namespace = 'default',
) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name, namespace },
    data: { 'tls.crt': base64(pair.certificate), 'tls.key': base64(pair.privateKey) },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function ecKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

function tlv(tag: number, value: Uint8Array): Buffer {
  const { length } = value;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}
