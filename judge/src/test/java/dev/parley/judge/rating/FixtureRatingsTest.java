package dev.parley.judge.rating;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@code rl/elo.json}, of {@code -Dparley.fixtures} or of the test resources. */
class FixtureRatingsTest {

  @TestFactory
  Stream<DynamicTest> ratingsAreThoseOfTheReference() throws IOException {
    String chosen = System.getProperty("parley.fixtures", "");
    Path root =
        chosen.isBlank()
            ? Path.of("src", "test", "resources", "fixtures")
            : Path.of("..").resolve(chosen);
    Path file = root.resolve("rl").resolve("elo.json");
    if (!Files.exists(file)) {
      assertThat(root).as("the fixtures").isDirectory();
      return Stream.of(DynamicTest.dynamicTest("absent: rl/elo.json", () -> {}));
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode fixture : new ObjectMapper().readTree(file.toFile()).path("cases")) {
      String id = fixture.path("id").asText();
      tests.add(
          DynamicTest.dynamicTest(
              id,
              () -> {
                if (fixture.path("inputs").has("games")) {
                  elo(fixture);
                } else {
                  bradleyTerry(fixture);
                }
              }));
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static void bradleyTerry(JsonNode fixture) {
    int n = fixture.at("/inputs/n_models").asInt();
    double[][] wins = new double[n][n];
    for (JsonNode battle : fixture.at("/inputs/battles")) {
      int i = battle.get(0).asInt();
      int j = battle.get(1).asInt();
      wins[i][j] += battle.get(2).asDouble() + battle.get(4).asDouble() / 2;
      wins[j][i] += battle.get(3).asDouble() + battle.get(4).asDouble() / 2;
    }

    double[] ratings = BradleyTerry.ratings(wins);

    JsonNode outputs = fixture.path("outputs");
    compare(fixture, ratings, outputs.path("ratings"));
    double shift = 1000 - ratings[0];
    compare(
        fixture,
        IntStream.range(0, n).mapToDouble(i -> ratings[i] + shift).toArray(),
        outputs.path("ratings_anchored_model0_at_1000"));
    for (int i = 0; i < n; i++) {
      int row = i;
      compare(
          fixture,
          IntStream.range(0, n)
              .mapToDouble(j -> BradleyTerry.winProbability(ratings[row], ratings[j]))
              .toArray(),
          outputs.path("win_probability").path(i));
    }
    compare(
        fixture,
        new double[] {BradleyTerry.logLikelihoodOf(wins, ratings)},
        new ObjectMapper().createArrayNode().add(outputs.path("log_likelihood")));
  }

  private static void elo(JsonNode fixture) {
    int n = fixture.at("/params/n_models").asInt();
    List<String> models = IntStream.range(0, n).mapToObj(Integer::toString).toList();
    List<Battle> battles = new ArrayList<>();
    for (JsonNode game : fixture.at("/inputs/games")) {
      battles.add(
          new Battle("", game.get(0).asText(), game.get(1).asText(), game.get(2).asDouble()));
    }

    compare(
        fixture,
        Elo.ratings(
            models,
            battles,
            fixture.at("/params/k").asDouble(),
            fixture.at("/params/init").asDouble()),
        fixture.at("/outputs/ratings"));
  }

  private static void compare(JsonNode fixture, double[] found, JsonNode expected) {
    assertThat(found).hasSize(expected.size());
    for (int i = 0; i < found.length; i++) {
      double value = expected.get(i).asDouble();
      double tolerance =
          fixture.at("/tolerance/atol").asDouble()
              + Math.abs(value) * fixture.at("/tolerance/rtol").asDouble();
      assertThat(found[i]).isCloseTo(value, within(tolerance));
    }
  }
}
