package dev.parley.reward;

import static dev.parley.reward.RewardClient.dialogue;
import static dev.parley.reward.RewardClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.TinyModel;
import dev.parley.proto.reward.v1.ScoreResult;
import dev.parley.proto.rollout.v1.Status;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A reward model whose head is NaN: every item fails, none is a number. */
@QuarkusTest
@TestProfile(NotANumberTest.Broken.class)
class NotANumberTest {

  public static class Broken implements QuarkusTestProfile {
    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(new TestResourceEntry(BrokenModel.class));
    }
  }

  public static class BrokenModel implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
      try {
        Path parent = Files.createTempDirectory("parley-reward");
        Path model = TinyModel.writeReward(parent.resolve("model"), 1);
        TinyReward.spoil(model, "score.weight", 0, 1);
        return Map.of(
            "parley.reward.scorer", "helpful",
            "parley.reward.scorers.helpful.type", "model",
            "parley.reward.scorers.helpful.directory", model.toString());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write the tiny model", e);
      }
    }

    @Override
    public void stop() {}
  }

  @TestHTTPResource URL url;

  @Test
  void aScoreThatIsNotANumberIsAFailureWithItsReason() {
    try (RewardClient client = new RewardClient(url)) {
      client.awaitReady();
      List<ScoreResult> results =
          client
              .blocking()
              .score(request(dialogue("a", "Q", "A"), dialogue("b", "Q", "B")))
              .getResultsList();
      assertThat(results).hasSize(2);
      assertThat(results)
          .allSatisfy(
              result -> {
                assertThat(result.getScore().getStatus()).isEqualTo(Status.STATUS_FAILED);
                assertThat(result.getScore().getError())
                    .isEqualTo("the reward model's score is NaN");
                assertThat(result.getScore().getComponentsMap()).isEmpty();
              });
    }
  }
}
