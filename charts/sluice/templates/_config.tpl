{{/* The config file. Proxies reach the xDS server by the Service, which has the name of this installation. */}}
{{- define "sluice.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if and (include "sluice.runsProxies" .) (ne (include "sluice.fullname" .) "sluice") }}
{{- $service := printf "%s.%s.svc" (include "sluice.fullname" .) .Release.Namespace }}
{{- $config = merge $config (dict "provider" (dict "kubernetes" (dict "infrastructure" (dict "xdsAddress" $service)))) }}
{{- end }}
{{- toYaml $config }}
{{- end -}}
