/** The part of u8-mqtt 0.6 (MQTT 3.1.1, QoS 0 and 1) that the phone page uses; the package ships no types. */
declare module "u8-mqtt/esm/basic-v4.js" {
  export interface Publish {
    topic: string;
    payload: Uint8Array;
    retain: boolean;
    utf8(): string;
  }

  export interface Connect {
    client_id: string;
    username: string;
    password: string;
    /** Seconds. */
    keep_alive: number;
    flags: { clean_start: boolean };
    will: { topic: string; payload: string; qos: 0 | 1; retain?: boolean };
  }

  /** What a packet was answered with; the first item is missing when the wait expired. */
  export type Answer = [{ answers?: number[] }?, string?];

  export class MQTTClient_v4 {
    constructor(options: {
      on_mqtt_type: { mqtt_publish(packet: Publish): void };
      log_conn(): void;
      on_error(): void;
      on_live(): void;
      on_disconnect(): void;
    });
    /** Ends the keepalive and everything in flight without a word to the broker. */
    conn: { reset(error: unknown): void };
    /** A websocket, or anything that has its `send`, `readyState` and `on…` handlers. */
    with_websock(socket: object): this;
    connect(packet: Connect): Promise<unknown>;
    disconnect(): Promise<unknown>;
    ping(): Promise<Answer>;
    subscribe(packet: { topics: string[]; qos: 0 }): Promise<Answer>;
    send(topic: string, payload: string): Promise<Answer>;
  }
}
