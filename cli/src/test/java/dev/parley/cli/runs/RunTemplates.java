package dev.parley.cli.runs;

/** A run template in the form of the chart's, as small as it can be. */
final class RunTemplates {

  static final String YAML =
      """
      - apiVersion: batch/v1
        kind: Job
        metadata:
          name: parley-run-__RUN__-trainer
          namespace: __NAMESPACE__
          labels:
            app.kubernetes.io/part-of: parley
            app.kubernetes.io/component: trainer
            parley.dev/run: __RUN__
        spec:
          backoffLimit: 4
          template:
            metadata:
              labels:
                app.kubernetes.io/component: trainer
                parley.dev/run: __RUN__
            spec:
              restartPolicy: Never
              containers:
                - name: trainer
                  image: parley/trainer-service:0.1.0
                  args: [train, __RECIPE__, --config, /etc/parley/run/settings.yaml]
                  volumeMounts:
                    - {name: runs, mountPath: /runs}
              volumes:
                - name: runs
                  persistentVolumeClaim: {claimName: parley-runs}
      - apiVersion: v1
        kind: Service
        metadata:
          name: parley-run-__RUN__-policy
          namespace: __NAMESPACE__
          labels:
            app.kubernetes.io/part-of: parley
            app.kubernetes.io/component: policy
            parley.dev/run: __RUN__
        spec:
          clusterIP: None
          selector: {parley.dev/run: __RUN__}
          ports: [{name: http, port: 8091}]
      - apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: parley-run-__RUN__-policy
          namespace: __NAMESPACE__
          labels:
            app.kubernetes.io/part-of: parley
            app.kubernetes.io/component: policy
            parley.dev/run: __RUN__
        spec:
          replicas: 1
          selector: {matchLabels: {parley.dev/run: __RUN__}}
          template:
            metadata: {labels: {parley.dev/run: __RUN__}}
            spec:
              containers:
                - name: policy
                  image: parley/policy-service:0.1.0
                  env: [{name: PARLEY_POLICY_RUN_ID, value: __RUN__}]
      """;

  static final RunTemplate TEMPLATE =
      RunTemplate.parse("parley-run-template", "uid-of-template", "rlhf", "parley", YAML);

  private RunTemplates() {}
}
