package dev.parley.console.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionsTest {

  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

  private static Sessions at(Instant now, String access, String admin) {
    return new Sessions(
        Optional.ofNullable(access),
        Optional.ofNullable(admin),
        Duration.ofHours(1),
        Clock.fixed(now, ZoneOffset.UTC));
  }

  private final Sessions sessions = at(NOW, "access", "admin");

  @Test
  void aTokenSaysWhatSomebodyMayDo() {
    assertThat(sessions.role("access")).contains(Role.ANNOTATOR);
    assertThat(sessions.role("admin")).contains(Role.OWNER);
    assertThat(sessions.role("guess")).isEmpty();
    assertThat(sessions.role("")).isEmpty();
  }

  @Test
  void withoutATokenForOwnersTheAccessTokenOpensAll() {
    assertThat(at(NOW, "access", null).role("access")).contains(Role.OWNER);
    assertThat(at(NOW, "access", null).role("")).isEmpty();
  }

  @Test
  void withoutAnyTokenNobodyIsAsked() {
    assertThat(at(NOW, null, null).asksForToken()).isFalse();
    assertThat(at(NOW, null, null).role("")).contains(Role.OWNER);
  }

  @Test
  void aCookieIsKnownOnEveryReplicaWithTheSameTokens() {
    Person person = new Person("Änne\u2009K.", Role.ANNOTATOR);

    assertThat(at(NOW, "access", "admin").person(sessions.cookie(person))).contains(person);
  }

  @Test
  void aCookieEndsWithItsTimeAndWithItsTokens() {
    String cookie = sessions.cookie(new Person("anna", Role.OWNER));

    assertThat(at(NOW.plusSeconds(3599), "access", "admin").person(cookie)).isPresent();
    assertThat(at(NOW.plusSeconds(3601), "access", "admin").person(cookie)).isEmpty();
    assertThat(at(NOW, "access", "other").person(cookie)).isEmpty();
    assertThat(at(NOW, "other", "admin").person(cookie)).isEmpty();
  }

  @Test
  void aCookieThatSomebodyHasChangedIsNotKnown() {
    String cookie = sessions.cookie(new Person("anna", Role.ANNOTATOR));
    String forged =
        sessions.cookie(new Person("anna", Role.OWNER)).split("\\.")[0]
            + "."
            + cookie.split("\\.")[1];

    assertThat(sessions.person(forged)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "x", "x.y", "%%%.abc", "eA.eA"})
  void whatIsNoCookieOfOursIsNobody(String cookie) {
    assertThat(sessions.person(cookie)).isEmpty();
  }

  @Test
  void aFormsTokenIsThatOfItsCookieAlone() {
    assertThat(sessions.isFormToken(sessions.formToken("cookie"), "cookie")).isTrue();
    assertThat(sessions.isFormToken(sessions.formToken("other"), "cookie")).isFalse();
    assertThat(sessions.isFormToken("", "cookie")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "a\nb"})
  void aNameMustTellPeopleApart(String name) {
    assertThatThrownBy(() -> new Person(name, Role.ANNOTATOR))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a name of 1 to 60 characters");
  }
}
