import type { KubeClient, KubeObject } from '../../../test/rig/kube/kube-client.ts';
import * as objects from './objects.ts';

/** Statuses that one control plane writes to the routes. */
export class RouteStatuses {
  readonly #kube: KubeClient;
  readonly #controllerName: string;

  constructor(kube: KubeClient, controllerName: string) {
    this.#kube = kube;
    this.#controllerName = controllerName;
  }

  /** Returns the number of routes without a status of their newest generation. */
  async missing(): Promise<number> {
    const { apiVersion, kind } = objects.route(0, 0);
    const routes = await this.#kube.list({ apiVersion, kind }, objects.namespace);
    return routes.filter((route) => !this.#isWritten(route)).length;
  }

  #isWritten({ metadata, status }: KubeObject): boolean {
    const parents = (status?.['parents'] ?? []) as readonly ParentStatus[];
    return parents.some(
      ({ controllerName, conditions = [] }) =>
        controllerName === this.#controllerName &&
        conditions.some(({ observedGeneration }) => observedGeneration === metadata.generation),
    );
  }
}

interface ParentStatus {
  readonly controllerName: string;
  readonly conditions?: readonly { readonly observedGeneration?: number }[];
}
