package dev.parley.trainer.onpolicy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.data.ChatTurn;
import dev.parley.data.PromptRow;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.experience.LearningData.EncodedPrompt;
import dev.parley.trainer.recipe.ppo.PpoConfig;
import dev.parley.trainer.recipe.ppo.PpoRecipe;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PromptScheduleTest {

  private static final List<EncodedPrompt> ROWS =
      IntStream.range(0, 6)
          .mapToObj(
              i ->
                  new EncodedPrompt(
                      new PromptRow(
                          List.of(ChatTurn.system("Be brief."), ChatTurn.user("question " + i)),
                          i == 0 ? Optional.of("42") : Optional.empty(),
                          Map.of("topic", "t" + i)),
                      new int[] {1}))
          .toList();

  private static PromptSchedule schedule(String... sets) {
    List<String> all =
        Stream.concat(
                Stream.of(
                    "run.id=r",
                    "model.path=/m",
                    "prompts.files=f",
                    "prompts.per-update=4",
                    "prompts.samples=3"),
                Stream.of(sets))
            .toList();
    PpoConfig config = Configuration.load(PpoConfig.class, Optional.empty(), all).recipe();
    return new PromptSchedule(PpoRecipe.settings(config).run(), "r", ROWS);
  }

  private static String question(Prompt prompt) {
    return prompt.getConversation().getMessages(1).getContent();
  }

  @Test
  void theSameSeedAsksTheSameQuestionsWithTheSameSeeds() {
    assertThat(schedule().prompts(5)).isEqualTo(schedule().prompts(5));
    assertThat(schedule("run.seed=2").prompts(5)).isNotEqualTo(schedule().prompts(5));
  }

  @Test
  void everyPromptIsAskedBeforeOneIsAskedAgain() {
    List<String> asked = new ArrayList<>();
    for (long update = 1; update <= 3; update++) {
      schedule().prompts(update).forEach(prompt -> asked.add(question(prompt)));
    }
    assertThat(asked.subList(0, 6)).doesNotHaveDuplicates();
    assertThat(asked.subList(6, 12)).doesNotHaveDuplicates();
  }

  @Test
  void idsAndSeedsAreNeverUsedTwice() {
    Set<String> ids = new HashSet<>();
    Set<Long> seeds = new HashSet<>();
    for (long update = 1; update <= 50; update++) {
      for (Prompt prompt : schedule().prompts(update)) {
        ids.add(prompt.getPromptId());
        seeds.add(prompt.getSampling().getSeed());
      }
    }
    assertThat(ids).hasSize(200);
    assertThat(seeds).hasSize(200);
  }

  @Test
  void aPromptCarriesItsRowsContents() {
    Prompt prompt =
        Stream.of(schedule().prompts(1), schedule().prompts(2))
            .flatMap(List::stream)
            .filter(p -> question(p).equals("question 0"))
            .findFirst()
            .orElseThrow();
    assertThat(prompt.getRunId()).isEqualTo("r");
    assertThat(prompt.getGroupSize()).isEqualTo(3);
    assertThat(prompt.getConversation().getMessages(0).getRole()).isEqualTo("system");
    assertThat(prompt.getConversation().getMessages(0).getContent()).isEqualTo("Be brief.");
    assertThat(prompt.getReferenceAnswer()).isEqualTo("42");
    assertThat(prompt.getMetadataMap()).isEqualTo(Map.of("topic", "t0"));
  }

  @Test
  void aPromptSaysHowToSample() {
    Prompt prompt =
        schedule(
                "sampling.temperature=0.7",
                "sampling.top-k=5",
                "sampling.top-p=0.9",
                "sampling.max-new-tokens=11",
                "sampling.min-new-tokens=2",
                "sampling.stop-strings=END,STOP")
            .prompts(1)
            .get(0);
    assertThat(prompt.getSampling().getTemperature()).isEqualTo(0.7);
    assertThat(prompt.getSampling().getTopK()).isEqualTo(5);
    assertThat(prompt.getSampling().getTopP()).isEqualTo(0.9);
    assertThat(prompt.getSampling().getMaxNewTokens()).isEqualTo(11);
    assertThat(prompt.getSampling().getMinNewTokens()).isEqualTo(2);
    assertThat(prompt.getSampling().getStopStringsList()).containsExactly("END", "STOP");
  }

  @Test
  void onPolicyTheWeightsOfTheUpdateBeforeMustAnswer() {
    assertThat(schedule().prompts(1).get(0).getRequiredVersion()).isZero();
    assertThat(schedule().prompts(4).get(0).getRequiredVersion()).isEqualTo(3);
    assertThat(schedule().prompts(4).get(0).getUpdate()).isEqualTo(4);
  }

  @Test
  void stalenessLetsOlderWeightsAnswer() {
    PromptSchedule stale = schedule("ppo.max-staleness=2");
    assertThat(stale.prompts(1).get(0).getRequiredVersion()).isZero();
    assertThat(stale.prompts(2).get(0).getRequiredVersion()).isZero();
    assertThat(stale.prompts(4).get(0).getRequiredVersion()).isEqualTo(1);
  }

  @Test
  void replacementsHaveIdsAndSeedsOfTheirOwnAndAreTheSameAgain() {
    Set<String> ids = new HashSet<>();
    Set<Long> seeds = new HashSet<>();
    List<Prompt> asked = new ArrayList<>(schedule().prompts(2));
    asked.addAll(schedule().more(2, 1, 4));
    asked.addAll(schedule().more(2, 2, 3));
    asked.forEach(
        prompt -> {
          assertThat(prompt.getUpdate()).isEqualTo(2);
          ids.add(prompt.getPromptId());
          seeds.add(prompt.getSampling().getSeed());
        });
    assertThat(ids).hasSize(11);
    assertThat(seeds).hasSize(11);
    assertThat(schedule().more(2, 2, 3)).isEqualTo(asked.subList(8, 11));
  }
}
