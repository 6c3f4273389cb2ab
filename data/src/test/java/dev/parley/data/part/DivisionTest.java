package dev.parley.data.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.data.ChatTurn;
import dev.parley.data.Fingerprint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DivisionTest {

  @Test
  void sharesAreShareOfTheGroups() {
    int[] parts = division(1, "train=0.7", "valid=0.2", "test=0.1").assign(groups(5000));

    assertThat(share(parts, 0)).isCloseTo(0.7, within(0.03));
    assertThat(share(parts, 1)).isCloseTo(0.2, within(0.03));
    assertThat(share(parts, 2)).isCloseTo(0.1, within(0.03));
  }

  @Test
  void withSharesOtherGroupsAndTheirOrderMoveNothing() {
    Division division = division(1, "train=0.5", "test=rest");
    List<Division.Group> few = groups(100);
    List<Division.Group> more = new ArrayList<>(groups(300));
    Collections.reverse(more);

    int[] ofFew = division.assign(few);
    int[] ofMore = division.assign(more);

    for (int i = 0; i < few.size(); i++) {
      assertThat(ofMore[more.indexOf(few.get(i))]).isEqualTo(ofFew[i]);
    }
  }

  @Test
  void aPartOfSoManyRowsHasThem() {
    int[] parts = division(1, "test=37", "valid=20", "train=rest").assign(groups(200));

    assertThat(Arrays.stream(parts).filter(part -> part == 0).count()).isEqualTo(37);
    assertThat(Arrays.stream(parts).filter(part -> part == 1).count()).isEqualTo(20);
  }

  @Test
  void groupsAreNotTornSoAPartMayHaveAFewRowsLess() {
    List<Division.Group> tens =
        groups(20).stream().map(group -> new Division.Group(group.fingerprint(), 10)).toList();

    int[] parts = division(1, "test=25", "train=rest").assign(tens);

    assertThat(Arrays.stream(parts).filter(part -> part == 0).count()).isEqualTo(2);
  }

  @Test
  void anotherSeedDividesInAnotherWay() {
    assertThat(division(1, "a=0.5", "b=0.5").assign(groups(50)))
        .isNotEqualTo(division(2, "a=0.5", "b=0.5").assign(groups(50)));
  }

  @Test
  void partsThatDoNotAddUpAreRefused() {
    assertThatThrownBy(() -> division(1, "a=0.5", "b=0.4")).hasMessageContaining("shares make 0.9");
    assertThatThrownBy(() -> division(1, "a=0.5", "b=0.6")).hasMessageContaining("shares up to 1");
    assertThatThrownBy(() -> division(1, "a=rest")).hasMessageContaining("two or more");
    assertThatThrownBy(() -> division(1, "a=0.5", "a=0.5")).hasMessageContaining("\"a\"");
    assertThatThrownBy(() -> Part.parse("a=1.5")).hasMessageContaining("\"a=1.5\" is no part");
    assertThatThrownBy(() -> Part.parse("a")).hasMessageContaining("train=rest");
  }

  private static Division division(long seed, String... parts) {
    return new Division(Stream.of(parts).map(Part::parse).toList(), seed);
  }

  private static List<Division.Group> groups(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> new Division.Group(Fingerprint.of(List.of(ChatTurn.user("question " + i))), 1))
        .toList();
  }

  private static double share(int[] parts, int part) {
    return (double) Arrays.stream(parts).filter(p -> p == part).count() / parts.length;
  }
}
