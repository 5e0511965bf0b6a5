{{- define "sluice.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sluice.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Differs from the labels of `sluice serve`, whose Service must not select these pods. */}}
{{- define "sluice.infrastructureSelectorLabels" -}}
app.kubernetes.io/name: {{ include "sluice.name" . }}-infrastructure
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sluice.labels" -}}
{{ include "sluice.selectorLabels" . }}
{{ include "sluice.chartLabels" . }}
{{- end -}}

{{- define "sluice.infrastructureLabels" -}}
{{ include "sluice.infrastructureSelectorLabels" . }}
{{ include "sluice.chartLabels" . }}
{{- end -}}

{{- define "sluice.chartLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: sluice
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/*
Labels and annotations of an object. Takes its context as `top`, the name of the template with its labels, and the values
that add to it. The chart's own labels win: selectors need them.
*/}}
{{- define "sluice.metadata" -}}
{{- $own := include .of .top | fromYaml -}}
labels:
  {{- merge $own (.labels | default dict) .top.Values.commonLabels | toYaml | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .top.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
Labels and annotations of a pod. `component` tells commands which pods to ask, by whatever name the chart was installed.
*/}}
{{- define "sluice.podMetadata" -}}
{{- $own := include .of .top | fromYaml -}}
{{- $part := dict "app.kubernetes.io/part-of" "sluice" "app.kubernetes.io/component" .component -}}
labels:
  {{- merge $own $part .top.Values.podLabels .top.Values.commonLabels | toYaml | nindent 2 }}
annotations:
  {{- $hash := dict "sluice.dev/config-hash" (include "sluice.config" .top | sha256sum) }}
  {{- $scrape := include "sluice.scrapeAnnotations" .top | fromYaml }}
  # The hash restarts the pods, as most options take effect only at a start.
  {{- merge $hash .top.Values.podAnnotations $scrape | toYaml | nindent 2 }}
{{- end -}}
