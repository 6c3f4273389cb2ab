{{/* Jobs of the parley command. A Job cannot be changed, so the hash of its spec is in its name: another spec is another Job. */}}

{{/* (dict "root" $ "job" "models" "spec" "…") */}}
{{- define "parley.job" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "parley.fullname" .root }}-{{ .job }}-{{ .spec | sha256sum | trunc 8 }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "parley.labels" (dict "root" .root "component" "cli") | nindent 4 }}
    parley.dev/job: {{ .job }}
spec:
  {{- .spec | nindent 2 }}
{{- end -}}

{{/* What the command's containers have besides arguments. */}}
{{- define "parley.cliContainer" -}}
image: {{ include "parley.image" (dict "root" . "image" .Values.cli.image "gpus" 0) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- include "parley.securityContext" . | nindent 2 }}
resources:
  {{- include "parley.resources" (dict "root" . "pod" .Values.cli) | nindent 2 }}
{{- end -}}

{{- define "parley.cliEnv" -}}
- name: HOME
  value: /tmp
{{- with include "parley.javaEnv" (dict "root" . "pod" .Values.cli) | trim }}
{{ . }}
{{- end }}
{{- end -}}

{{/* ------------------------------------------------------------ models */}}

{{- define "parley.modelsJob" -}}
{{- $context := dict "root" . "component" "cli" "pod" .Values.cli -}}
backoffLimit: 10
template:
  metadata:
    labels:
      {{- include "parley.podTemplateLabels" $context | nindent 6 }}
      parley.dev/job: models
    {{- with include "parley.podAnnotations" $context }}
    annotations:
      {{- . | nindent 6 }}
    {{- end }}
  spec:
    restartPolicy: OnFailure
    {{- include "parley.podBasics" $context | nindent 4 }}
    # One after the other; what was fetched before a failure stays.
    initContainers:
      {{- range $index, $model := .Values.models.fetch }}
      - name: fetch-{{ $index }}
        {{- include "parley.cliContainer" $ | nindent 8 }}
        args:
          - models
          - download
          - {{ $model.source | quote }}
          - --to
          - /models/{{ $model.directory }}
          {{- with $model.sha256 }}
          - --sha256
          - {{ . | quote }}
          {{- end }}
        env:
          {{- include "parley.cliEnv" $ | nindent 10 }}
          {{- with include "parley.modelsEnv" $.Values.models | trim }}
          {{- . | nindent 10 }}
          {{- end }}
        volumeMounts:
          - name: models
            mountPath: /models
          - name: tmp
            mountPath: /tmp
      {{- end }}
    containers:
      - name: done
        {{- include "parley.cliContainer" . | nindent 8 }}
        command: [ls, -l, /models]
        volumeMounts:
          - name: models
            mountPath: /models
            readOnly: true
    volumes:
      - name: models
        persistentVolumeClaim:
          claimName: {{ include "parley.modelsClaim" . }}
      - name: tmp
        emptyDir: {}
{{- end -}}

{{/* Where models come from, and who asks. Credentials only by reference. */}}
{{- define "parley.modelsEnv" -}}
{{- with .hub.endpoint }}
- name: HF_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with .hub.existingSecret }}
- name: HF_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $.hub.tokenKey }}
{{- end }}
{{- with .s3.endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ . | quote }}
{{- end }}
{{- with .s3.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- with .s3.existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $.s3.accessKeyKey }}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $.s3.secretKeyKey }}
{{- end }}
{{- end -}}

{{/* ------------------------------------------------------------ topics */}}

{{- define "parley.topicsJob" -}}
{{- $context := dict "root" . "component" "cli" "pod" .Values.cli -}}
{{- $topics := .Values.kafka.topics -}}
backoffLimit: 10
template:
  metadata:
    labels:
      {{- include "parley.podTemplateLabels" $context | nindent 6 }}
      parley.dev/job: topics
    {{- with include "parley.podAnnotations" $context }}
    annotations:
      {{- . | nindent 6 }}
    {{- end }}
  spec:
    restartPolicy: OnFailure
    {{- include "parley.podBasics" $context | nindent 4 }}
    containers:
      - name: topics
        {{- include "parley.cliContainer" . | nindent 8 }}
        args:
          - topics
          - create
          - --partitions
          - {{ $topics.partitions | quote }}
          - --replication-factor
          - {{ $topics.replicationFactor | quote }}
          {{- if gt (int $topics.replicationFactor) 1 }}
          - --min-in-sync-replicas
          - {{ $topics.minInSyncReplicas | quote }}
          {{- end }}
          - --retention-hours
          - {{ $topics.retentionHours | quote }}
          - --dead-letter-retention-hours
          - {{ $topics.deadLetterRetentionHours | quote }}
          - --max-message-bytes
          - {{ int64 $topics.maxMessageBytes | quote }}
        env:
          {{- include "parley.cliEnv" . | nindent 10 }}
          {{- include "parley.kafkaEnv" . | nindent 10 }}
        volumeMounts:
          {{- with include "parley.kafkaMounts" . | trim }}
          {{- . | nindent 10 }}
          {{- end }}
          - name: tmp
            mountPath: /tmp
    volumes:
      {{- with include "parley.kafkaVolumes" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      - name: tmp
        emptyDir: {}
{{- end -}}
