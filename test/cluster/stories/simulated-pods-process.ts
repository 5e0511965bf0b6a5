import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { SimulatedPodsCommand } from './simulated-pods.ts';

const ended = new Set<string>();
const open = new Map<string, Set<Socket>>();
const servers: Server[] = [];

process.on('disconnect', () => process.exit());
process.on('message', (command: SimulatedPodsCommand) => {
  if (command.kind === 'end') for (const endpoint of command.endpoints) end(endpoint);
  else if (command.kind === 'listen') void listen(command.ports);
});

async function listen(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const server = createServer((_, response) => response.end('ok'));
    // Longer than the story: a server timeout must not end a proxy's connection.
    server.keepAliveTimeout = 600_000;
    server.on('connection', (socket) => onConnection(socket, `${socket.localAddress}:${port}`));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, '0.0.0.0', 1024, resolve));
  }
  process.send?.('listening');
}

function onConnection(socket: Socket, endpoint: string): void {
  if (ended.has(endpoint)) return void socket.resetAndDestroy();
  const sockets = open.get(endpoint) ?? new Set();
  open.set(endpoint, sockets.add(socket));
  socket.on('error', () => {});
  socket.on('close', () => sockets.delete(socket));
}

function end(endpoint: string): void {
  ended.add(endpoint);
  for (const socket of open.get(endpoint) ?? []) socket.resetAndDestroy();
}
