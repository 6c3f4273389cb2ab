package dev.parley.data.similarity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.data.ChatTurn;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PromptGroupsTest {

  private static final String TEXT =
      IntStream.range(0, 80).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));

  @Test
  void nearDuplicatesOfOpeningsBelongTogetherAlsoThroughOthers() {
    PromptGroups groups = new PromptGroups(OptionalDouble.of(0.8));
    int first = groups.add(ask(TEXT));
    int third = groups.add(ask(TEXT.replace("w0 w1 w2 w3 w4 w5 ", "").replace("w78 w79", "x y z")));
    int other = groups.add(ask("quite another question, about the sea and its salt"));
    int second = groups.add(ask(TEXT.replace("w0 w1 w2 w3 w4 w5 ", "")));

    assertThat(groups.group(first)).isEqualTo(groups.group(second)).isEqualTo(groups.group(third));
    assertThat(groups.group(other)).isNotEqualTo(groups.group(first));
    assertThat(groups.joined()).isEqualTo(2);
  }

  @Test
  void laterMomentsOfAConversationHaveItsOpening() {
    PromptGroups groups = new PromptGroups(OptionalDouble.empty());
    int opening = groups.add(ask("q"));

    assertThat(
            groups.add(
                List.of(ChatTurn.user(" q "), ChatTurn.assistant("a"), ChatTurn.user("more"))))
        .isEqualTo(opening);
    assertThat(groups.openings()).isEqualTo(1);
  }

  @Test
  void aGroupsNameDoesNotDependOnTheOrder() {
    PromptGroups forwards = new PromptGroups(OptionalDouble.of(0.8));
    PromptGroups backwards = new PromptGroups(OptionalDouble.of(0.8));
    int first = forwards.add(ask(TEXT));
    forwards.add(ask(TEXT + " more"));
    backwards.add(ask(TEXT + " more"));
    int last = backwards.add(ask(TEXT));

    assertThat(forwards.fingerprint(forwards.group(first)))
        .isEqualTo(backwards.fingerprint(backwards.group(last)));
  }

  private static List<ChatTurn> ask(String text) {
    return List.of(ChatTurn.user(text));
  }
}
