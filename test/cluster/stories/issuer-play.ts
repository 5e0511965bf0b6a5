import { randomBytes } from 'node:crypto';
import { converge } from '../../rig/envoy/converge.ts';
import { Load } from '../../rig/load/load.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import { ensureSluice, helmInstall, installEnvoyCrds, sluiceIsReady } from '../sluice.ts';
import { TestNamespace } from '../test-namespace.ts';
import { ensureEnvoyGateway, envoyGatewayClass } from './envoy-gateway.ts';
import { hostsOf, raiseGuardedRoutes } from './guarded-routes.ts';
import { IssuerServer } from './issuer-server.ts';
import { loadFor, type LoadResult } from './rollout-load.ts';
import { app, raiseGateway } from './rollout-namespace.ts';
import { SimulatedPods } from './simulated-pods.ts';
import { Spans, type Span } from './spans.ts';
import type { StoryOptions } from './story.ts';

export interface IssuerResult {
  /** Requests to a route without a policy, whose endpoints move all the time. */
  readonly load: LoadResult;
  /** Requests to guarded routes with a token that is valid. */
  readonly known: LoadCount;
  /** Requests to guarded routes with nothing. */
  readonly strangers: LoadCount;
  readonly moved: number;
  readonly spans: readonly Span[];
  readonly connections: number;
}

interface LoadCount {
  readonly sent: number;
  readonly served: number;
  readonly others: ReadonlyMap<string, number>;
}

/** Many times as long as a document is valid in this story. */
const alternateSeconds = 10;
const guardedPerSecond = 20;
const startMs = 180_000;

export async function playIssuer(
  options: StoryOptions,
  progress: SoakPorts['progress'],
): Promise<IssuerResult> {
  const isSluice = options.text('control-plane') === 'sluice';
  progress(`installing ${options.text('control-plane')}`);
  const namespace = `story-issuer-${randomBytes(2).toString('hex')}`;
  const ns = await TestNamespace.open(namespace, isSluice ? ensureSluice : ensureEnvoyGateway);
  let [issuer, pods]: [IssuerServer | undefined, SimulatedPods | undefined] = [undefined, undefined];
  try {
    if (isSluice) {
      await installEnvoyCrds(ns.kube, 'SecurityPolicy');
      await helmInstall(...askingOften);
      await sluiceIsReady(ns.kube);
    }
    const address = await raiseGateway(ns, isSluice ? 'sluice' : envoyGatewayClass, 0);
    pods = await SimulatedPods.raise(ns, options.number('endpoints'), 5);
    issuer = await IssuerServer.start(ns);
    const routes = options.number('routes');
    progress(`${routes} routes behind the issuer`);
    await raiseGuardedRoutes(ns, routes, issuer.tokens.issuer);
    const headers = issuer.tokens.headers();
    const [first = ''] = hostsOf('jwt', routes);
    await converge(async () => (await ns.ask(first, { headers })).status === 200, startMs);
    await converge(async () => (await ns.ask(hostsOf('oidc', routes)[0] ?? '')).status === 302, startMs);
    const guarded = await GuardedLoad.begin(address, routes, headers, options.number('seconds'));
    try {
      const played = await play(ns, { issuer, pods, address, options, progress });
      return { ...played, ...(await guarded.end()), connections: issuer.connections };
    } finally {
      await guarded.close();
    }
  } finally {
    pods?.close();
    await issuer?.close();
    await ns.close();
    if (isSluice) await helmInstall();
  }
}

interface Parts {
  readonly issuer: IssuerServer;
  readonly pods: SimulatedPods;
  readonly address: string;
  readonly options: StoryOptions;
  readonly progress: SoakPorts['progress'];
}

async function play(ns: TestNamespace, { issuer, pods, address, options, progress }: Parts) {
  const seconds = options.number('seconds');
  const [wanted, rate] = [options.text('issuer'), options.number('rate')];
  const spans = options.text('control-plane') === 'sluice' ? await Spans.begin(ns) : undefined;
  if (wanted === 'hung') issuer.turn('hung');
  const work: Promise<void>[] = [];
  const load = await loadFor(
    { address, host: app.host, perSecond: rate, seconds },
    async (second, { summary }) => {
      if (second === 1) work.push(pods.replaceAll((seconds - 3) * 1000));
      if (wanted === 'alternating' && second % alternateSeconds === 0) {
        await spans?.end(issuer.state);
        issuer.turn(issuer.state === 'healthy' ? 'hung' : 'healthy');
      }
      progress(`${second} s: ${summary}, ${pods.moved} endpoints moved, issuer ${issuer.state}`);
    },
  );
  await Promise.all(work);
  await spans?.end(issuer.state);
  return { load, moved: pods.moved, spans: spans?.done ?? [] };
}

/** Requests to guarded routes, with a token and without. */
class GuardedLoad {
  readonly #known: Load;
  readonly #strangers: Load;

  private constructor(known: Load, strangers: Load) {
    this.#known = known;
    this.#strangers = strangers;
  }

  static async begin(
    address: string,
    routes: number,
    headers: Readonly<Record<string, string>>,
    seconds: number,
  ): Promise<GuardedLoad> {
    const load = new GuardedLoad(await Load.start(), await Load.start());
    const common = {
      address,
      port: 80,
      perSecond: guardedPerSecond,
      maxRequests: guardedPerSecond * (seconds + 60),
    };
    load.#known.begin([{ ...common, host: hostsOf('jwt', routes), headers }]);
    load.#strangers.begin([{ ...common, host: [...hostsOf('jwt', routes), ...hostsOf('oidc', routes)] }]);
    return load;
  }

  async end(): Promise<{ readonly known: LoadCount; readonly strangers: LoadCount }> {
    await Promise.all([this.#known.stop(), this.#strangers.stop()]);
    return { known: counted(this.#known), strangers: counted(this.#strangers) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#known.close(), this.#strangers.close()]);
  }
}

function counted({ sent, good, failures }: Load): LoadCount {
  return { sent, served: good, others: failures };
}

/** Chart values with the shortest intervals for documents: the story cannot wait for an hour. */
const askingOften = [
  ...['ttlMs', 'maxRetryMs', 'maxProbeMs'].map((name) => `config.documents.${name}=1000`),
  'config.documents.allow={*,*.svc.cluster.local}',
];
