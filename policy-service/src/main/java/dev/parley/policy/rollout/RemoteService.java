package dev.parley.policy.rollout;

/**
 * Another service.
 *
 * @param target gRPC's name for it: {@code host:port}, or {@code dns:///name:port} for all
 *     addresses of a name, which are then called in turn
 * @param call how patient to be with it
 */
public record RemoteService(String target, CallSettings call) {}
