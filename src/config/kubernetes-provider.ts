import { z } from 'zod';
import { milliseconds, option } from './option.ts';

const leaderElection = z
  .strictObject({
    lease: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a Lease')
      .default('sluice')
      .meta(
        option(
          'Name of the Lease in the namespace of Sluice. Its holder writes statuses and infrastructure; every replica serves proxies.',
        ),
      ),
    leaseMs: milliseconds(3000, 600_000, 15_000).meta(
      option(
        'Time after which a leader that no longer renews its Lease is replaced. Shorter replaces it sooner, longer tolerates a slow API server; revise by sluice_leader_changes_total.',
      ),
    ),
    renewMs: milliseconds(500, 300_000, 5000).meta(
      option(
        'Time between renewals, and between attempts of the other replicas. At most a third of `leaseMs`. Shorter notices an absent leader sooner and writes more often; revise by sluice_leader_changes_total.',
      ),
    ),
  })
  .prefault({});

const status = z
  .strictObject({
    writesPerSecond: z
      .int()
      .min(1)
      .max(10_000)
      .default(400)
      .meta(
        option(
          'Status writes in a second, for all objects together. More finish a large change sooner, fewer spare the API server; revise by sluice_status_backlog.',
        ),
      ),
    parallel: z
      .int()
      .min(1)
      .max(256)
      .default(8)
      .meta(
        option(
          'Concurrent status writes. More compensate for a slow API server; revise by sluice_status_write_seconds.',
        ),
      ),
    objectIntervalMs: milliseconds(0, 60_000, 1000).meta(
      option(
        'Time between two writes of one object; the first is not delayed. Longer merges the steps of a burst, such as the count of attached routes, whose interval grows up to sixteenfold while it goes on changing; revise by sluice_status_writes_total.',
      ),
    ),
  })
  .prefault({});

const infrastructure = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .meta(
        option(
          'Sluice runs the proxies of each Gateway, with a Deployment, a Service and related objects in the namespace of the Gateway. `false`: you run the proxies yourself.',
        ),
      ),
    process: z
      .enum(['serve', 'separate'])
      .default('serve')
      .meta(
        option(
          '`serve`: `sluice serve` runs the proxies itself, for which it needs rights to write Deployments, Secrets and so on. `separate`: `sluice infrastructure` does, in a process of its own that reads GatewayClasses, Gateways and EnvoyProxies alone, so that the process that reads routes, policies and plugins has none of these rights.',
        ),
      ),
    image: z
      .string()
      .min(1)
      .default('envoyproxy/envoy:distroless-v1.40.0')
      .meta(option('Image of the proxies, unless an EnvoyProxy names another.')),
    xdsAddress: z
      .string()
      .default('')
      .meta(
        option(
          'Host name by which proxies reach the xDS server. Empty: the Service `sluice` in the namespace of Sluice.',
        ),
      ),
    xdsPort: z
      .int()
      .min(1)
      .max(65_535)
      .default(18_000)
      .meta(option('Port of the xDS server as proxies reach it.')),
    externalIPs: z
      .array(
        z
          .string()
          .max(43)
          .regex(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, 'must be an address or a range'),
      )
      .default([])
      .meta(
        option(
          'Addresses, or ranges such as 192.0.2.0/24, that `spec.addresses` of a Gateway and the Service of an EnvoyProxy may have as external IPs. Such a Service receives everything that the cluster sends to the address, so a user who can write a Gateway could take the traffic of any listed address: list none that others use. Empty: none.',
        ),
      ),
    drainMs: milliseconds(0, 3_600_000, 10_000).meta(
      option(
        'Time that a proxy has to finish its requests before it ends, unless an EnvoyProxy sets another. Longer spares slow requests, shorter ends a rollout sooner; revise by the failed requests of clients during one.',
      ),
    ),
  })
  .prefault({});

export const kubernetesProvider = z
  .strictObject({
    kubeconfig: z
      .string()
      .default('')
      .meta(
        option(
          'Kubeconfig of the cluster. A relative path starts at the config file. Empty: the cluster that Sluice runs in, by the service account of its pod.',
        ),
      ),
    context: z.string().default('').meta(option('Context of the kubeconfig. Empty: the current context.')),
    namespace: z
      .string()
      .regex(/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$/, 'must be the name of a namespace')
      .default('')
      .meta(option('Namespace of Sluice itself, for its Lease and its Secret. Empty: that of its pod.')),
    namespaces: z
      .array(z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace'))
      .max(1000)
      .default([])
      .meta(
        option(
          'Namespaces in which Sluice follows objects and runs proxies. It then needs a Role in each, and in the cluster only rights for GatewayClasses and these namespaces. Objects in other namespaces do not exist for it. Give such a Sluice its own GatewayClass and `controllerName`. Each namespace costs one watch for each kind. Empty: all namespaces.',
        ),
      ),
    namedObjectWaitMs: milliseconds(0, 60_000, 1000).meta(
      option(
        'Time that a rule waits for an object that it newly names, and for the first endpoint of a Service: events of two kinds come in any order. Longer tolerates slower watches, shorter reports a missing object sooner; revise by sluice_named_object_waits_total.',
      ),
    ),
    leaderElection,
    status,
    infrastructure,
  })
  .prefault({});
