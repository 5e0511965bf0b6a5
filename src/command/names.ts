import { isIP } from 'node:net';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const dnsName = new RegExp(`^${label}(?:\\.${label})*$`);
const namespaceName = new RegExp(`^${label}$`);
const objectName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** An IP address looks like one. https://www.rfc-editor.org/rfc/rfc1123#section-2.1 */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && dnsName.test(text) && isIP(text) === 0;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export function isGatewayName(text: string): boolean {
  const [namespace = '', name = '', ...rest] = text.split('/');
  return rest.length === 0 && namespaceName.test(namespace) && name.length <= 253 && objectName.test(name);
}
