import { bare } from '../peers/bare.ts';
import { contour } from '../peers/contour.ts';
import { envoyGateway } from '../peers/envoy-gateway.ts';
import { istio } from '../peers/istio.ts';
import type { Peer } from '../peers/peer.ts';
import { sluice } from '../peers/sluice.ts';

/** Control planes that can be measured, by the name in `--peer`. */
export const peers: Readonly<Record<string, Peer>> = Object.fromEntries(
  [sluice, bare, envoyGateway, contour, istio({ edsDebounce: 'on' }), istio({ edsDebounce: 'off' })].map(
    (peer) => [peer.name, peer],
  ),
);
