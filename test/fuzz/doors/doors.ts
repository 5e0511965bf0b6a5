import type { Door } from '../door.ts';
import { fileDoors } from './files.ts';
import { kindDoors } from './kinds.ts';
import { moduleDoors } from './modules.ts';
import { pipelineDoor, streamDoor } from './pipeline.ts';
import { textDoors } from './texts.ts';
import { tlsDoor } from './tls.ts';
import { watchDoors } from './watch.ts';
import { xdsDoor } from './xds.ts';

export const doors: readonly (Door & { readonly close?: () => void })[] = [
  ...kindDoors,
  ...fileDoors,
  ...watchDoors,
  ...textDoors,
  ...moduleDoors,
  xdsDoor,
  streamDoor,
  tlsDoor,
  pipelineDoor,
];
