package dev.parley.deploy.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A pod that an object makes, or is.
 *
 * @param owner the object
 * @param labels of the pod
 * @param spec of the pod
 */
record PodTemplate(KubernetesObject owner, Map<String, Object> labels, Map<String, Object> spec) {

  private static final Set<String> WITH_TEMPLATE = Set.of("Deployment", "StatefulSet", "Job");

  static Optional<PodTemplate> of(KubernetesObject object) {
    if (object.kind().equals("Pod")) {
      return Optional.of(
          new PodTemplate(object, object.labels(), KubernetesObject.map(object.at("spec"))));
    }
    if (!WITH_TEMPLATE.contains(object.kind())) {
      return Optional.empty();
    }
    return Optional.of(
        new PodTemplate(
            object,
            KubernetesObject.map(object.at("spec", "template", "metadata", "labels")),
            KubernetesObject.map(object.at("spec", "template", "spec"))));
  }

  /** Whether it is meant to stay: such pods have probes. */
  boolean stands() {
    return owner.kind().equals("Deployment") || owner.kind().equals("StatefulSet");
  }

  /** Containers and init containers. */
  List<Map<String, Object>> allContainers() {
    List<Map<String, Object>> all =
        new ArrayList<>(KubernetesObject.maps(spec.get("initContainers")));
    all.addAll(containers());
    return all;
  }

  List<Map<String, Object>> containers() {
    return KubernetesObject.maps(spec.get("containers"));
  }

  @Override
  public String toString() {
    return "pod of " + owner;
  }
}
