{{/* Rights in namespaces that are followed, be it all of them. */}}
{{- define "sluice.namespaceRules" -}}
{{ include "sluice.namespacedKindRules" . }}
{{- if include "sluice.runsProxies" . }}
# The proxies of Gateways. An apply that makes an object needs `create` as well.
- apiGroups: ['']
  resources: [serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: ['']
  resources: [services, secrets]
  verbs: [get, create, patch, delete]
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
{{- end }}
