package dev.parley.console.access;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs people in, and knows them by their cookies. */
public final class Sessions {

  private static final String ALGORITHM = "HmacSHA256";
  private static final Base64.Encoder WRITE = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder READ = Base64.getUrlDecoder();

  private final Optional<String> accessToken;
  private final Optional<String> adminToken;
  private final Duration length;
  private final Clock clock;
  private final SecretKeySpec key;

  /**
   * Sessions.
   *
   * @param accessToken makes annotators; empty if nobody is asked for one
   * @param adminToken makes owners; empty if the access token does
   * @param length how long somebody stays signed in
   * @param clock tells the time
   */
  public Sessions(
      Optional<String> accessToken, Optional<String> adminToken, Duration length, Clock clock) {
    this.accessToken = accessToken;
    this.adminToken = adminToken;
    this.length = length;
    this.clock = clock;
    this.key = key(accessToken, adminToken);
  }

  private static SecretKeySpec key(Optional<String> accessToken, Optional<String> adminToken) {
    byte[] secret = new byte[32];
    if (accessToken.isPresent()) {
      secret = sha256("parley console\n" + accessToken.get() + "\n" + adminToken.orElse(""));
    } else {
      // Nobody has a secret, so a restart signs everybody out.
      new SecureRandom().nextBytes(secret);
    }
    return new SecretKeySpec(secret, ALGORITHM);
  }

  /** Whether people are asked for a token. */
  public boolean asksForToken() {
    return accessToken.isPresent();
  }

  /**
   * What a token lets do.
   *
   * @return empty if it is no token of this service
   */
  public Optional<Role> role(String token) {
    if (accessToken.isEmpty()) {
      return Optional.of(Role.OWNER);
    }
    if (adminToken.isPresent() && same(token, adminToken.get())) {
      return Optional.of(Role.OWNER);
    }
    if (same(token, accessToken.get())) {
      return Optional.of(adminToken.isPresent() ? Role.ANNOTATOR : Role.OWNER);
    }
    return Optional.empty();
  }

  /** Compares in a time that does not tell where two texts differ. */
  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(sha256(one), sha256(other));
  }

  /** The cookie of somebody who has shown a token. */
  public String cookie(Person person) {
    String content = person.role() + "\n" + clock.millis() + "\n" + person.name();
    return WRITE.encodeToString(content.getBytes(StandardCharsets.UTF_8)) + "." + sign(content);
  }

  /**
   * Who shows a cookie.
   *
   * @return empty if it is not one of ours, or too old
   */
  public Optional<Person> person(String cookie) {
    int dot = cookie.indexOf('.');
    if (dot < 0) {
      return Optional.empty();
    }
    String content;
    try {
      content = new String(READ.decode(cookie.substring(0, dot)), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notOurs) {
      return Optional.empty();
    }
    if (!same(sign(content), cookie.substring(dot + 1))) {
      return Optional.empty();
    }
    String[] parts = content.split("\n", 3);
    boolean old = clock.millis() - Long.parseLong(parts[1]) > length.toMillis();
    return old ? Optional.empty() : Optional.of(new Person(parts[2], Role.valueOf(parts[0])));
  }

  /**
   * What a form must carry that comes from a page of this person: no other site can know it.
   *
   * @param cookie the cookie that the form comes with; empty before somebody has signed in
   */
  public String formToken(String cookie) {
    return sign("form\n" + cookie);
  }

  /** Whether a form carries it. */
  public boolean isFormToken(String shown, String cookie) {
    return same(shown, formToken(cookie));
  }

  private String sign(String content) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return WRITE.encodeToString(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
