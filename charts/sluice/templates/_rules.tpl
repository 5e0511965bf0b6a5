{{/* Rights in each namespace that is followed. */}}
{{- define "sluice.namespaceRules" -}}
{{ include "sluice.namespacedKindRules" . }}
# Events on objects of users, for what no status can say.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [get, create, patch]
{{- if and (include "sluice.runsProxies" .) (not (include "sluice.isSeparate" .)) }}
{{ include "sluice.proxyRules" . }}
- apiGroups: ['']
  resources: [services, secrets]
  verbs: [get, create, patch, delete]
{{- end }}
{{- end }}

{{/* The same for `sluice infrastructure`. */}}
{{- define "sluice.infrastructureRules" -}}
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways]
  verbs: [list, watch]
- apiGroups: [gateway.envoyproxy.io]
  resources: [envoyproxies]
  verbs: [list, watch]
{{ include "sluice.proxyRules" . }}
- apiGroups: ['']
  resources: [services, secrets]
  verbs: [get, list, watch, create, patch, delete]
{{- end }}

{{- define "sluice.proxyRules" -}}
# The proxies of Gateways. To apply a new object needs `create` as well as `patch`.
- apiGroups: ['']
  resources: [serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments, daemonsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
{{- end }}
