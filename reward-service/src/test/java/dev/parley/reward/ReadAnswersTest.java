package dev.parley.reward;

import static dev.parley.reward.RewardClient.dialogue;
import static dev.parley.reward.RewardClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreResult;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URL;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A scorer that reads a result out of each answer says what it read. */
@QuarkusTest
@TestProfile(ReadAnswersTest.Results.class)
class ReadAnswersTest {

  public static class Results implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("parley.reward.scorer", "right", "parley.reward.scorers.right.type", "math");
    }
  }

  @TestHTTPResource URL url;

  @Test
  void aResultSaysWhatWasReadOutOfTheAnswer() {
    try (RewardClient client = new RewardClient(url)) {
      client.awaitReady();
      List<ScoreResult> results =
          client
              .blocking()
              .score(
                  request(
                      withReference(dialogue("a", "6 times 7?", "It is 41."), "42"),
                      withReference(dialogue("b", "6 times 7?", "Who knows?"), "42")))
              .getResultsList();
      assertThat(results).extracting(ScoreResult::getExtracted).containsExactly("41", "");
      assertThat(results)
          .extracting(result -> result.getScore().getValue())
          .containsExactly(0.0, 0.0);
    }
  }

  private static ScoreItem withReference(ScoreItem item, String reference) {
    return item.toBuilder().setReferenceAnswer(reference).build();
  }
}
