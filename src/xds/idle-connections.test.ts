import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { IdleConnections } from './idle-connections.ts';

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  readonly remotePort: number;
  destroyed = false;

  constructor(address: string, port: number) {
    super();
    this.remoteAddress = address;
    this.remotePort = port;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function fixture(limit: number) {
  const refused: string[] = [];
  const connections = new IdleConnections(limit, (peer) => refused.push(peer));
  let port = 0;
  const open = (address: string): string => {
    const socket = new FakeSocket(address, ++port);
    connections.opened(socket as unknown as Socket);
    return `${address}:${port}`;
  };
  return { connections, refused, open };
}

test('an address that opens many silent connections shuts out itself and no other', () => {
  const { refused, open } = fixture(10);
  const quiet = open('good');
  for (let i = 0; i < 100; i++) open('bad');
  expect(refused).toHaveLength(91);
  expect(new Set(refused.map((peer) => peer.split(':')[0]))).toEqual(new Set(['bad']));
  for (let i = 0; i < 3; i++) open('other');
  expect(refused.slice(91).every((peer) => peer.startsWith('bad'))).toBe(true);
  expect(refused).not.toContain(quiet);
});

test('where each address has one, those that came first stay', () => {
  const { refused, open } = fixture(3);
  const peers = ['a', 'b', 'c', 'd', 'e'].map(open);
  expect(refused).toEqual(peers.slice(3));
});

test('a connection whose stream has spoken does not count, until its last stream has ended', () => {
  const { connections, refused, open } = fixture(2);
  const first = open('a');
  connections.began(first);
  connections.began(first);
  for (const address of ['b', 'c']) open(address);
  expect(refused).toEqual([]);
  connections.ended(first);
  expect(refused).toEqual([]);
  connections.ended(first);
  expect(refused).toEqual([first]);
});

test('a connection that ends makes room', () => {
  const { connections, refused, open } = fixture(1);
  const first = open('a');
  open('b');
  connections.ended('gone:1');
  connections.began(first);
  open('c');
  expect(refused).toEqual(['b:2']);
});
