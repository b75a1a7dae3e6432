import { IsNumber, IsString } from 'class-validator';

/** A line of the chat. Fields beside these are kept. */
export class ChatMessage {
  @IsString()
  user!: string;

  /** May be empty. */
  @IsString()
  text!: string;

  /** Seconds since the epoch, with a fraction. */
  @IsNumber()
  timestamp!: number;
}
