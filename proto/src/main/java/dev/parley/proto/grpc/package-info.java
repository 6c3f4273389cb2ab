/**
 * What the services' gRPC servers do alike.
 *
 * <p>Quarkus finds the interceptor in this module's index and puts it before every service. The
 * command line, which has the messages without Quarkus, leaves it alone.
 */
package dev.parley.proto.grpc;
