import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { converge } from '../../envoy/converge.ts';
import { send } from '../../envoy/http-client.ts';
import { gateway, httpRoute, service } from '../manifests.ts';
import type { Manifest } from '../kube-client.ts';
import { Scene } from '../scene.ts';
import type { Story } from './story.ts';

/** Story 2: the endpoints of a mirror's backend were not followed, and mirrored traffic went to dead pods. */
export const mirrors: Story = {
  name: 'mirrors',
  title: 'a backend that is only mirrored to moves, and mirrored requests move with it at once',
  options: [{ name: 'moves', default: '50', meaning: 'how often the backend moves' }],
  async run({ report, progress }, options) {
    const moves = options.number('moves');
    const scene = await Scene.open('story-mirrors');
    const answering = [
      await backend('172.30.255.20'),
      await backend('172.30.255.21'),
      await backend('172.30.255.22'),
    ];
    try {
      const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'shadow', port: 80 } } };
      await scene.apply(
        gateway(),
        service('app', { selector: null }),
        service('shadow', { selector: null }),
        slice('app', '172.30.255.22'),
        slice('shadow', '172.30.255.20'),
        httpRoute('app', 'app.test', [{ backendRefs: [{ name: 'app', port: 80 }], filters: [mirror] }]),
      );
      const address = await scene.address();
      await scene.answers('app.test', 200);
      const lags: number[] = [];
      for (let i = 1; i <= moves; i++) {
        const to = answering[i % 2];
        if (to === undefined) throw new Error('no backend');
        const before = to.asked;
        const startedAt = performance.now();
        await scene.apply(slice('shadow', to.address));
        await converge(async () => {
          await send(80, { address, host: 'app.test' });
          return to.asked > before;
        });
        lags.push(performance.now() - startedAt);
        progress(`${i} of ${moves} moves`);
      }
      report('moves that mirrored requests followed', lags.length);
      report('slowest move, ms', Math.max(...lags));
      report('moves that were missed', moves - lags.length, 0);
    } finally {
      for (const one of answering) one.server.close();
      await scene.close();
    }
  },
};

interface Answering {
  readonly address: string;
  readonly server: Server;
  /** Requests that came. */
  asked: number;
}

async function backend(address: string): Promise<Answering> {
  const server = createServer((_, response) => {
    answering.asked++;
    response.end();
  });
  const answering = { address, server, asked: 0 };
  server.listen(3000, address);
  await once(server, 'listening');
  return answering;
}

function slice(name: string, address: string): Manifest {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address] }],
    ports: [{ port: 3000, protocol: 'TCP', name: '' }],
  };
}
