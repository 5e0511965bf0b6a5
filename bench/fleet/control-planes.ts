import { contour } from '../peers/contour.ts';
import { envoyGateway } from '../peers/envoy-gateway.ts';
import type { Peer } from '../peers/peer.ts';
import { sluice } from '../peers/sluice.ts';

/** Control planes that can be measured, by the name in `--peer`. */
export const peers: Readonly<Record<string, Peer>> = {
  sluice,
  'envoy-gateway': envoyGateway,
  contour,
};
