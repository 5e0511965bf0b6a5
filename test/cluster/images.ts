import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { envoyGatewayProgram } from '../rig/peers/envoy-gateway-program.ts';
import { programFile } from '../rig/peers/go-program.ts';
import { findEnvoy } from '../../src/local/envoy-binary.ts';

/** Images by name: this checkout as the Dockerfile lays it out, and Envoy. A text says that there is no Envoy. */
export async function images(root: string, bin: string): Promise<object | string> {
  const envoy = await findEnvoy({
    cacheDir: join(root, '.cache'),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  if (envoy.kind === 'missing') return envoy.line;
  const peer = programFile(envoyGatewayProgram);
  const program = (name: string): object => ({
    command: [`/bed/${name}`],
    mounts: { [`/bed/${name}`]: join(bin, name) },
  });
  return {
    'sluice/sluice': {
      command: ['/usr/local/bin/node', '/app/src/main.ts'],
      mounts: {
        '/usr/local/bin/node': process.execPath,
        ...Object.fromEntries(
          ['package.json', 'node_modules', 'proto/gen', 'src', 'workers'].map((name) => [
            `/app/${name}`,
            join(root, name),
          ]),
        ),
      },
    },
    'envoyproxy/envoy': onPath('envoy', realpathSync(envoy.path)),
    ...(existsSync(peer) ? { 'envoyproxy/gateway': onPath('envoy-gateway', peer) } : {}),
    ...(existsSync(peer) ? { 'envoyproxy/gateway-dev': onPath('envoy-gateway', peer) } : {}),
    'gateway-api/echo-basic': program('echo-basic'),
    'gateway-api/conformance/echo-basic': program('echo-basic'),
    'coredns/coredns': program('coredns'),
  };
}

function onPath(name: string, file: string): object {
  return { command: [`/usr/local/bin/${name}`], mounts: { [`/usr/local/bin/${name}`]: file } };
}
