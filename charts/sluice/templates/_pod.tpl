{{/* Parts that the pods of both Deployments share. */}}
{{- define "sluice.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ printf "%s@%s" .repository .digest | quote }}{{ else }}{{ printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) | quote }}{{ end }}
{{- end }}
{{- end }}

{{- define "sluice.environment" -}}
# Identify the replica to the others.
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_UID
  valueFrom:
    fieldRef:
      fieldPath: metadata.uid
# Fewer arenas: each keeps the native memory that its threads have freed.
- name: MALLOC_ARENA_MAX
  value: '2'
# Free native memory goes back to the system, which costs a little CPU.
- name: MALLOC_MMAP_THRESHOLD_
  value: '65536'
- name: MALLOC_TRIM_THRESHOLD_
  value: '131072'
{{- with .Values.nodeOptions }}
- name: NODE_OPTIONS
  value: {{ . | quote }}
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "sluice.probes" -}}
# Ready when everything was read and translated once; the time depends on the API server.
readinessProbe:
  httpGet:
    path: /readyz
    port: probes
  periodSeconds: 2
  timeoutSeconds: 5
# A restart helps only when the main thread hangs.
livenessProbe:
  httpGet:
    path: /healthz
    port: probes
  periodSeconds: 10
  timeoutSeconds: 10
  failureThreshold: 6
{{- end }}

{{- define "sluice.podSettings" -}}
automountServiceAccountToken: true
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "sluice.scrapeAnnotations" -}}
{{- if .Values.scrapeAnnotations -}}
prometheus.io/scrape: 'true'
prometheus.io/port: {{ include "sluice.adminPort" . | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- end }}
