package dev.parley.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.TinyModel;
import dev.parley.proto.Topics;
import dev.parley.proto.preference.v1.Preference;
import dev.parley.proto.preference.v1.PreferenceSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a file of pairs over a person's verdicts to a reward model, with the built console. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ConsoleIT {

  private static final Path ROOT = Path.of(System.getProperty("parley.root"));
  private static final int PAIRS = 12;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, String> printed = new HashMap<>();
  private String cookie = "";

  @TempDir Path directory;

  @Test
  void whatAPersonPrefersIsAnEventAndAFileThatARewardModelLearnsFrom() throws Exception {
    StringBuilder pairs = new StringBuilder();
    for (int pair = 1; pair <= PAIRS; pair++) {
      pairs.append(
          "{\"prompt\": \"q%d\", \"answer_a\": \"yes\", \"answer_b\": \"no\"}\n".formatted(pair));
    }
    Files.writeString(directory.resolve("pairs.jsonl"), pairs);

    Process console = start("console", "pairs.jsonl", "--graded", "--hold", "0", "--no-browser");
    try {
      readAnnouncement(console);
      judgeAll();
      assertThat(events())
          .hasSize(PAIRS)
          .allSatisfy(
              event -> {
                assertThat(event.getSource()).isEqualTo(PreferenceSource.PREFERENCE_SOURCE_HUMAN);
                assertThat(event.getAnnotator()).isEqualTo("anna");
                assertThat(event.getChosen().getMessages(0).getContent()).isEqualTo("yes");
              });
    } finally {
      console.destroy();
      console.waitFor();
    }

    run("console", "--export", "preferences.jsonl");
    TinyModel.write(directory.resolve("base"), 3);
    run(
        "train",
        "reward-model",
        "--model",
        "base",
        "--data",
        "preferences.jsonl",
        "--run",
        "reward");
    assertThat(directory.resolve("runs/reward/model/model.safetensors")).exists();
  }

  private Process start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dparley.root=" + ROOT,
                "-jar",
                ROOT.resolve("cli/target/parley-cli.jar").toString()));
    command.addAll(List.of(arguments));
    if (arguments[0].equals("console")) {
      command.addAll(List.of("--port", Integer.toString(freePort()), "--dir", "state"));
    }
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectError(directory.resolve("errors.log").toFile())
        .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private String run(String... arguments) throws IOException, InterruptedException {
    Process process = start(arguments);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor())
        .as(out + Files.readString(directory.resolve("errors.log")))
        .isZero();
    return out;
  }

  /** Rows of a label and a value, until everything is ready. */
  private void readAnnouncement(Process console) throws IOException {
    BufferedReader out = console.inputReader();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("All is kept in ")) {
        return;
      }
      String[] words = line.split("\\s+", 2);
      printed.put(words[0], words[1]);
    }
    throw new AssertionError(Files.readString(directory.resolve("errors.log")));
  }

  /** Signs in and says of each pair that "yes" is much better, wherever it stands. */
  private void judgeAll() throws Exception {
    String[] door = printed.get("page").split("#token=");
    URI site = URI.create(door[0]);
    post(site, Map.of("name", "anna", "token", door[1]));
    URI study = site.resolve("/studies/1/");
    for (int pair = 0; pair < PAIRS; pair++) {
      String page = get(study.resolve("compare"));
      boolean yesLeft = page.indexOf(">yes<") < page.indexOf(">no<");
      post(
          study.resolve("verdicts"),
          Map.of(
              "form", field(page, "form"),
              "assignment", field(page, "assignment"),
              "verdict", yesLeft ? "left-much" : "right-much"));
    }
    assertThat(get(study.resolve("compare"))).contains("All done");
  }

  private static String field(String page, String name) {
    Matcher field = Pattern.compile("name=\"" + name + "\" value=\"([^\"]+)\"").matcher(page);
    assertThat(field.find()).as("field %s in %s", name, page).isTrue();
    return field.group(1);
  }

  private String get(URI address) throws Exception {
    return http.send(
            HttpRequest.newBuilder(address).header("Cookie", cookie).build(),
            BodyHandlers.ofString())
        .body();
  }

  private void post(URI address, Map<String, String> form) throws Exception {
    StringBuilder body = new StringBuilder();
    form.forEach(
        (name, value) ->
            body.append(body.isEmpty() ? "" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(address)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Cookie", cookie)
                .POST(BodyPublishers.ofString(body.toString()))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
    answer
        .headers()
        .firstValue("Set-Cookie")
        .ifPresent(given -> cookie = given.substring(0, given.indexOf(';')));
  }

  private List<Preference> events() throws Exception {
    List<Preference> events = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", printed.get("events").split(",")[0]),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(Topics.PREFERENCES, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      while (events.size() < PAIRS) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(10))) {
          Preference event = Preference.parseFrom(record.value());
          assertThat(record.key()).isEqualTo(event.getPreferenceId());
          events.add(event);
        }
      }
    }
    return events;
  }
}
