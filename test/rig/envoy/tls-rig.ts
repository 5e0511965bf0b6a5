import { renew, type Certificates } from '../../../src/certs/certificates.ts';
import { issueClient } from '../../../src/certs/client-certificate.ts';
import { proxyBootstrap } from '../../../src/infra/bootstrap.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import { GivenIdentity } from '../xds/given-identity.ts';
import { EnvoyRig } from './envoy-rig.ts';
import type { EnvoyRigOptions } from './rig-options.ts';
import { freePorts } from './free-ports.ts';
import { MountedCertificate } from './mounted-certificate.ts';

/** The proxy's token, which the server alone is shown. */
export const xdsToken = 'shown-to-the-server-alone';

/** An EnvoyRig with mutual TLS, whose Envoy has the bootstrap and the certificate files of a proxy's pod. */
export class TlsRig {
  readonly rig: EnvoyRig;
  readonly #identity: GivenIdentity;
  readonly #mounted: MountedCertificate;
  #certificates: Certificates;

  private constructor(
    rig: EnvoyRig,
    identity: GivenIdentity,
    mounted: MountedCertificate,
    certificates: Certificates,
  ) {
    this.rig = rig;
    this.#identity = identity;
    this.#mounted = mounted;
    this.#certificates = certificates;
  }

  static async start(options: Omit<EnvoyRigOptions, 'tls'> = {}): Promise<TlsRig> {
    const { certificates } = await renew(undefined, Date.now(), [serverName]);
    const identity = new GivenIdentity();
    identity.set(certificates);
    identity.tokenOf = () => xdsToken;
    const mounted = new MountedCertificate(await proxyCertificate(certificates));
    const { certificateFile, authorityFile } = mounted;
    const [readinessPort = 0, drainPort = 0, adminPort = 0] = await freePorts(3);
    const bootstrap = (xdsPort: number): string =>
      proxyBootstrap({
        gateway: 'default/web',
        xdsAddress: '127.0.0.1',
        xdsPort,
        xdsServerName: serverName,
        xdsToken,
        adminPort,
        readinessPort,
        drain: { port: drainPort, token: 'drain', timeoutMs: 1000, minMs: 1 },
        certificateFile,
        authorityFile,
      });
    try {
      const rig = await EnvoyRig.start({ ...options, tls: { identity, bootstrap } });
      return new TlsRig(rig, identity, mounted, certificates);
    } catch (error) {
      mounted.close();
      throw error;
    }
  }

  get certificates(): Certificates {
    return this.#certificates;
  }

  /** Gives the server these certificates, and the proxy a new one by their CA. Returns true when the CAs are others. */
  async exchange(certificates: Certificates): Promise<boolean> {
    const before = this.#identity.current()?.ca;
    this.#certificates = certificates;
    this.#identity.set(certificates);
    this.#mounted.mount(await proxyCertificate(certificates));
    return this.#identity.current()?.ca !== before;
  }

  async close(): Promise<void> {
    await this.rig.close();
    this.#mounted.close();
  }
}

const serverName = 'sluice';

function proxyCertificate(certificates: Certificates): Promise<TlsMaterial> {
  return issueClient(certificates, { namespace: 'default', gateway: 'web', uid: '' }, Date.now());
}
