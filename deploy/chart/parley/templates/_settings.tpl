{{/* What each service is told: its file of settings, its environment, and the directories that it waits for. */}}

{{- define "parley.fileName" -}}
{{- if eq . "reward" }}reward.yaml{{ else }}{{ . }}.properties{{ end -}}
{{- end -}}

{{/* ------------------------------------------------------------ policy */}}

{{- define "parley.policyFile" -}}
# From the chart's policy.settings.
{{- include "parley.properties" (dict "prefix" "parley.policy" "settings" .Values.policy.settings) }}
{{- end -}}

{{- define "parley.policyEnv" -}}
- name: PARLEY_POLICY_MODEL
  value: {{ required "policy.model is empty: name the directory of the model that is to answer, as in /models/sft" .Values.policy.model | quote }}
{{- with .Values.policy.base }}
- name: PARLEY_POLICY_BASE
  value: {{ . | quote }}
{{- end }}
{{- with include "parley.rewardTarget" . }}
- name: PARLEY_POLICY_REWARD_TARGET
  value: {{ . | quote }}
{{- end }}
{{- if and .Values.gpu.enabled (gt (int .Values.policy.gpus) 0) }}
- name: PARLEY_POLICY_ENGINE_DEVICE
  value: cuda
{{- end }}
{{- end -}}

{{- define "parley.policyDirectories" -}}
{{- compact (list .Values.policy.model .Values.policy.base) | toJson -}}
{{- end -}}

{{/* ------------------------------------------------------------ reference */}}

{{- define "parley.referenceFile" -}}
# From the chart's reference.settings.
{{- include "parley.properties" (dict "prefix" "parley.reference" "settings" .Values.reference.settings) }}
{{- end -}}

{{- define "parley.referenceEnv" -}}
- name: PARLEY_REFERENCE_MODEL
  value: {{ required "reference.model is empty: name the directory of the frozen model, as in /models/sft" .Values.reference.model | quote }}
{{- with .Values.reference.base }}
- name: PARLEY_REFERENCE_BASE
  value: {{ . | quote }}
{{- end }}
{{- with .Values.reference.digest }}
- name: PARLEY_REFERENCE_DIGEST
  value: {{ . | quote }}
{{- end }}
{{- if and .Values.gpu.enabled (gt (int .Values.reference.gpus) 0) }}
- name: PARLEY_REFERENCE_DEVICE
  value: cuda
{{- end }}
{{- end -}}

{{- define "parley.referenceDirectories" -}}
{{- compact (list .Values.reference.model .Values.reference.base) | toJson -}}
{{- end -}}

{{/* ------------------------------------------------------------ reward */}}

{{/* Scorers that are models compute on the GPU where there is one, unless they say where. */}}
{{- define "parley.rewardFile" -}}
{{- $settings := deepCopy .Values.reward.settings -}}
{{- $scorers := dict -}}
{{- range $name, $scorer := .Values.reward.scorers -}}
{{- $scorer = deepCopy $scorer -}}
{{- if and $.Values.gpu.enabled (gt (int $.Values.reward.gpus) 0) (has $scorer.type (list "model" "process-model")) -}}
{{- $scorer = merge $scorer (dict "device" "cuda") -}}
{{- end -}}
{{- $_ := set $scorers $name $scorer -}}
{{- end -}}
{{- if not (hasKey .Values.reward.scorers .Values.reward.scorer) -}}
{{- fail (printf "reward.scorer is \"%s\", but reward.scorers has no such scorer; it has: %s" .Values.reward.scorer (keys .Values.reward.scorers | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $reward := merge (dict "scorer" .Values.reward.scorer "scorers" $scorers) $settings -}}
# From the chart's reward.scorer, reward.scorers and reward.settings.
{{ toYaml (dict "parley" (dict "reward" $reward)) }}
{{- end -}}

{{/* All is in the file. */}}
{{- define "parley.rewardEnv" -}}
{{- end -}}

{{- define "parley.rewardDirectories" -}}
{{- $directories := list -}}
{{- range .Values.reward.scorers -}}
{{- $directories = concat $directories (compact (list .directory .base)) -}}
{{- end -}}
{{- uniq $directories | sortAlpha | toJson -}}
{{- end -}}

{{/* ------------------------------------------------------------ console */}}

{{/* The standing policy can be asked, unless another one has its name. */}}
{{- define "parley.consoleFile" -}}
{{- $policies := dict -}}
{{- if .Values.policy.enabled -}}
{{- $_ := set $policies "policy" (printf "%s-policy:%s" (include "parley.fullname" .) (include "parley.port" "policy")) -}}
{{- end -}}
# From the chart's console.policies and console.settings.
{{- include "parley.properties" (dict "prefix" "parley.console.policies" "settings" (merge dict .Values.console.policies $policies)) }}
{{- include "parley.properties" (dict "prefix" "parley.console" "settings" .Values.console.settings) }}
{{- end -}}

{{/* The Secret with the authority of the database's certificate; empty where there is none. */}}
{{- define "parley.databaseAuthority" -}}
{{- if not .Values.postgresql.embedded.enabled }}{{ .Values.postgresql.tls.existingSecret }}{{ end -}}
{{- end -}}

{{- define "parley.consoleEnv" -}}
{{- $mode := ternary "disable" .Values.postgresql.tls.mode .Values.postgresql.embedded.enabled -}}
{{- $authority := "" -}}
{{- if include "parley.databaseAuthority" . -}}
{{- $authority = printf "&sslrootcert=/etc/parley/postgresql/%s" .Values.postgresql.tls.caKey -}}
{{- end -}}
- name: QUARKUS_DATASOURCE_JDBC_URL
  value: {{ printf "jdbc:postgresql://%s:%s/%s?sslmode=%s%s" (include "parley.databaseHost" .) (include "parley.databasePort" .) .Values.postgresql.database $mode $authority | quote }}
- name: QUARKUS_DATASOURCE_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ include "parley.databaseSecret" . }}
      key: {{ .Values.postgresql.userKey }}
- name: QUARKUS_DATASOURCE_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "parley.databaseSecret" . }}
      key: {{ .Values.postgresql.passwordKey }}
{{- if .Values.console.access.open }}
- name: PARLEY_CONSOLE_OPEN
  value: "true"
{{- else }}
{{- $secret := .Values.console.access.existingSecret | default (printf "%s-console" (include "parley.fullname" .)) }}
- name: PARLEY_CONSOLE_ACCESS_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ .Values.console.access.tokenKey }}
- name: PARLEY_CONSOLE_ADMIN_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ .Values.console.access.adminTokenKey }}
      optional: true
{{- end }}
{{- if .Values.console.ingress.enabled }}
# Pages know the address and the https of the browser from what the Ingress says.
- name: QUARKUS_HTTP_PROXY_PROXY_ADDRESS_FORWARDING
  value: "true"
{{- end }}
{{- end -}}
