package dev.parley.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

class RunObjectsTest {

  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

  @TempDir Path directory;

  @Test
  void theRunBelongsToTheTemplateAndEverythingElseToTheRun() throws IOException {
    RunObjects objects = RunObjects.of(onPolicy(prompts()), RunTemplates.TEMPLATE, NOW);

    assertThat(owners(objects.run()))
        .containsExactly(
            Map.of(
                "apiVersion", "v1",
                "kind", "ConfigMap",
                "name", "parley-run-template",
                "uid", "uid-of-template"));
    assertThat(objects.owned("uid-of-run"))
        .extracting(object -> object.get("kind") + " " + metadata(object).get("name"))
        .containsExactly(
            "ConfigMap parley-run-r1-data",
            "Job parley-run-r1-trainer",
            "Service parley-run-r1-policy",
            "Deployment parley-run-r1-policy");
    assertThat(objects.others())
        .allSatisfy(
            object -> {
              assertThat(owners(object))
                  .containsExactly(
                      Map.of(
                          "apiVersion", "v1",
                          "kind", "ConfigMap",
                          "name", "parley-run-r1",
                          "uid", "uid-of-run"));
              assertThat(labels(object))
                  .containsEntry("app.kubernetes.io/part-of", "parley")
                  .containsEntry("parley.dev/run", "r1");
              assertThat(metadata(object).get("namespace")).isEqualTo("rlhf");
            });
    assertThat(objects.toYaml()).doesNotContain("__");
  }

  @Test
  void theTrainerGetsTheUsersSettingsAndWhatTheClusterDecides() throws IOException {
    RunObjects objects = RunObjects.of(onPolicy(prompts()), RunTemplates.TEMPLATE, NOW);

    Map<String, Object> settings = new Yaml().load(data(objects.run()).get("settings.yaml"));
    assertThat(settings)
        .containsEntry("run", Map.of("id", "r1", "directory", "/runs/r1", "resume", "auto"))
        .containsEntry("model", Map.of("path", "/models/sft"))
        .containsEntry(
            "prompts",
            Map.of("files", List.of("/models/more.jsonl", "/etc/parley/data/prompts.jsonl.gz")))
        .containsEntry("ppo", Map.of("updates", "10"))
        .containsEntry("sampling", Map.of("stop-strings", List.of("###", "a: {b}")));
    assertThat(data(objects.run())).containsEntry("recipe", "ppo");
    assertThat(objects.toYaml()).contains("- ppo\n");
  }

  @Test
  void thePoliciesGetTheModelAndTheirSettingsAsProperties() throws IOException {
    RunObjects objects = RunObjects.of(onPolicy(prompts()), RunTemplates.TEMPLATE, NOW);

    Properties properties = new Properties();
    properties.load(new StringReader(data(objects.run()).get("policy.properties")));
    assertThat(properties)
        .containsOnly(
            Map.entry("parley.policy.model", "/models/sft"),
            Map.entry("parley.policy.run-id", "r1"),
            Map.entry("parley.policy.engine.max-rows", "64"),
            Map.entry("parley.policy.http-api.model-name", " a\\b = c"));
    Map<String, Object> deployment = objects.others().get(3);
    assertThat(((Map<?, ?>) deployment.get("spec")).get("replicas")).isEqualTo(3);
  }

  @Test
  void aRecipeThatAsksNobodyHasNoPolicies() {
    RunFile run =
        new RunFile(
            "r1",
            "sft",
            false,
            "data.files",
            "/models/base",
            List.of("/models/d.jsonl"),
            List.of(),
            Map.of(),
            0,
            Map.of());

    RunObjects objects = RunObjects.of(run, RunTemplates.TEMPLATE, NOW);

    assertThat(objects.others()).extracting(object -> object.get("kind")).containsExactly("Job");
    assertThat(data(objects.run())).containsOnlyKeys("recipe", "settings.yaml");
  }

  @Test
  void localDataGoAlongCompressed() throws IOException {
    Path prompts = prompts();
    RunObjects objects = RunObjects.of(onPolicy(prompts), RunTemplates.TEMPLATE, NOW);

    Map<String, Object> files = objects.others().get(0);
    assertThat(files).containsEntry("immutable", true);
    String packed = (String) ((Map<?, ?>) files.get("binaryData")).get("prompts.jsonl.gz");
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(packed)))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo(Files.readString(prompts));
    }
  }

  @Test
  void dataThatNoConfigMapHoldsAreRefusedWithTheirSizeAndAnotherWay() throws IOException {
    byte[] noise = new byte[2 << 20];
    new Random(1).nextBytes(noise);
    Path large = Files.write(directory.resolve("large.jsonl"), noise);

    assertThatThrownBy(() -> RunObjects.of(onPolicy(large), RunTemplates.TEMPLATE, NOW))
        .isInstanceOf(Failure.class)
        .hasMessageContainingAll("bytes when compressed", "at most 1,044,480")
        .extracting(failure -> ((Failure) failure).remedy())
        .asString()
        .contains("models volume");
  }

  private Path prompts() throws IOException {
    return Files.writeString(directory.resolve("prompts.jsonl"), "{\"prompt\":\"Tea? ☕\"}\n");
  }

  private static RunFile onPolicy(Path local) {
    return new RunFile(
        "r1",
        "ppo",
        true,
        "prompts.files",
        "/models/sft",
        List.of("/models/more.jsonl"),
        List.of(local),
        Map.of("ppo.updates", "10", "sampling.stop-strings", List.of("###", "a: {b}")),
        3,
        Map.of("engine.max-rows", "64", "http-api.model-name", " a\\b = c"));
  }

  private static Map<?, ?> metadata(Map<String, Object> object) {
    return (Map<?, ?>) object.get("metadata");
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, String>> owners(Map<String, Object> object) {
    return (List<Map<String, String>>) metadata(object).get("ownerReferences");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, String> labels(Map<String, Object> object) {
    return (Map<String, String>) metadata(object).get("labels");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, String> data(Map<String, Object> object) {
    return (Map<String, String>) object.get("data");
  }
}
