// Original file: server/proto/model_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CopyRequest as _cabochon_model_v1_CopyRequest, CopyRequest__Output as _cabochon_model_v1_CopyRequest__Output } from '../../../cabochon/model/v1/CopyRequest.ts';
import type { DeviceInfo as _cabochon_model_v1_DeviceInfo, DeviceInfo__Output as _cabochon_model_v1_DeviceInfo__Output } from '../../../cabochon/model/v1/DeviceInfo.ts';
import type { DropRequest as _cabochon_model_v1_DropRequest, DropRequest__Output as _cabochon_model_v1_DropRequest__Output } from '../../../cabochon/model/v1/DropRequest.ts';
import type { DropResponse as _cabochon_model_v1_DropResponse, DropResponse__Output as _cabochon_model_v1_DropResponse__Output } from '../../../cabochon/model/v1/DropResponse.ts';
import type { EmaRequest as _cabochon_model_v1_EmaRequest, EmaRequest__Output as _cabochon_model_v1_EmaRequest__Output } from '../../../cabochon/model/v1/EmaRequest.ts';
import type { GenerateRequest as _cabochon_model_v1_GenerateRequest, GenerateRequest__Output as _cabochon_model_v1_GenerateRequest__Output } from '../../../cabochon/model/v1/GenerateRequest.ts';
import type { HealthRequest as _cabochon_model_v1_HealthRequest, HealthRequest__Output as _cabochon_model_v1_HealthRequest__Output } from '../../../cabochon/model/v1/HealthRequest.ts';
import type { HealthResponse as _cabochon_model_v1_HealthResponse, HealthResponse__Output as _cabochon_model_v1_HealthResponse__Output } from '../../../cabochon/model/v1/HealthResponse.ts';
import type { InfoRequest as _cabochon_model_v1_InfoRequest, InfoRequest__Output as _cabochon_model_v1_InfoRequest__Output } from '../../../cabochon/model/v1/InfoRequest.ts';
import type { LoadRequest as _cabochon_model_v1_LoadRequest, LoadRequest__Output as _cabochon_model_v1_LoadRequest__Output } from '../../../cabochon/model/v1/LoadRequest.ts';
import type { MergeRequest as _cabochon_model_v1_MergeRequest, MergeRequest__Output as _cabochon_model_v1_MergeRequest__Output } from '../../../cabochon/model/v1/MergeRequest.ts';
import type { Progress as _cabochon_model_v1_Progress, Progress__Output as _cabochon_model_v1_Progress__Output } from '../../../cabochon/model/v1/Progress.ts';
import type { PromptCompletions as _cabochon_model_v1_PromptCompletions, PromptCompletions__Output as _cabochon_model_v1_PromptCompletions__Output } from '../../../cabochon/model/v1/PromptCompletions.ts';
import type { RewardRequest as _cabochon_model_v1_RewardRequest, RewardRequest__Output as _cabochon_model_v1_RewardRequest__Output } from '../../../cabochon/model/v1/RewardRequest.ts';
import type { RewardResponse as _cabochon_model_v1_RewardResponse, RewardResponse__Output as _cabochon_model_v1_RewardResponse__Output } from '../../../cabochon/model/v1/RewardResponse.ts';
import type { RewardStepRequest as _cabochon_model_v1_RewardStepRequest, RewardStepRequest__Output as _cabochon_model_v1_RewardStepRequest__Output } from '../../../cabochon/model/v1/RewardStepRequest.ts';
import type { RewardStepResult as _cabochon_model_v1_RewardStepResult, RewardStepResult__Output as _cabochon_model_v1_RewardStepResult__Output } from '../../../cabochon/model/v1/RewardStepResult.ts';
import type { SaveRequest as _cabochon_model_v1_SaveRequest, SaveRequest__Output as _cabochon_model_v1_SaveRequest__Output } from '../../../cabochon/model/v1/SaveRequest.ts';
import type { SaveResult as _cabochon_model_v1_SaveResult, SaveResult__Output as _cabochon_model_v1_SaveResult__Output } from '../../../cabochon/model/v1/SaveResult.ts';
import type { ScoreRequest as _cabochon_model_v1_ScoreRequest, ScoreRequest__Output as _cabochon_model_v1_ScoreRequest__Output } from '../../../cabochon/model/v1/ScoreRequest.ts';
import type { ScoreResponse as _cabochon_model_v1_ScoreResponse, ScoreResponse__Output as _cabochon_model_v1_ScoreResponse__Output } from '../../../cabochon/model/v1/ScoreResponse.ts';
import type { SetInfo as _cabochon_model_v1_SetInfo, SetInfo__Output as _cabochon_model_v1_SetInfo__Output } from '../../../cabochon/model/v1/SetInfo.ts';
import type { TeacherTargetsRequest as _cabochon_model_v1_TeacherTargetsRequest, TeacherTargetsRequest__Output as _cabochon_model_v1_TeacherTargetsRequest__Output } from '../../../cabochon/model/v1/TeacherTargetsRequest.ts';
import type { TeacherTargetsResponse as _cabochon_model_v1_TeacherTargetsResponse, TeacherTargetsResponse__Output as _cabochon_model_v1_TeacherTargetsResponse__Output } from '../../../cabochon/model/v1/TeacherTargetsResponse.ts';
import type { TokenizeRequest as _cabochon_model_v1_TokenizeRequest, TokenizeRequest__Output as _cabochon_model_v1_TokenizeRequest__Output } from '../../../cabochon/model/v1/TokenizeRequest.ts';
import type { TokenizeResponse as _cabochon_model_v1_TokenizeResponse, TokenizeResponse__Output as _cabochon_model_v1_TokenizeResponse__Output } from '../../../cabochon/model/v1/TokenizeResponse.ts';
import type { TrainStepRequest as _cabochon_model_v1_TrainStepRequest, TrainStepRequest__Output as _cabochon_model_v1_TrainStepRequest__Output } from '../../../cabochon/model/v1/TrainStepRequest.ts';
import type { TrainStepResult as _cabochon_model_v1_TrainStepResult, TrainStepResult__Output as _cabochon_model_v1_TrainStepResult__Output } from '../../../cabochon/model/v1/TrainStepResult.ts';
import type { WatchRequest as _cabochon_model_v1_WatchRequest, WatchRequest__Output as _cabochon_model_v1_WatchRequest__Output } from '../../../cabochon/model/v1/WatchRequest.ts';

export interface ModelServiceClient extends grpc.Client {
  /**
   * Makes a set with the weights of another. A repeat is treated as by Load.
   */
  Copy(argument: _cabochon_model_v1_CopyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Copy(argument: _cabochon_model_v1_CopyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Copy(argument: _cabochon_model_v1_CopyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Copy(argument: _cabochon_model_v1_CopyRequest, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  /**
   * Makes a set with the weights of another. A repeat is treated as by Load.
   */
  copy(argument: _cabochon_model_v1_CopyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  copy(argument: _cabochon_model_v1_CopyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  copy(argument: _cabochon_model_v1_CopyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  copy(argument: _cabochon_model_v1_CopyRequest, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  
  /**
   * Frees a set. Fine when it is absent.
   */
  Drop(argument: _cabochon_model_v1_DropRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_DropResponse__Output>): grpc.ClientUnaryCall;
  Drop(argument: _cabochon_model_v1_DropRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_DropResponse__Output>): grpc.ClientUnaryCall;
  Drop(argument: _cabochon_model_v1_DropRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_DropResponse__Output>): grpc.ClientUnaryCall;
  Drop(argument: _cabochon_model_v1_DropRequest, callback: grpc.requestCallback<_cabochon_model_v1_DropResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Frees a set. Fine when it is absent.
   */
  drop(argument: _cabochon_model_v1_DropRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_DropResponse__Output>): grpc.ClientUnaryCall;
  drop(argument: _cabochon_model_v1_DropRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_DropResponse__Output>): grpc.ClientUnaryCall;
  drop(argument: _cabochon_model_v1_DropRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_DropResponse__Output>): grpc.ClientUnaryCall;
  drop(argument: _cabochon_model_v1_DropRequest, callback: grpc.requestCallback<_cabochon_model_v1_DropResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * target <- (1 - rate) * target + rate * source, from `target.version` to one higher. Asked again with the same
   * target, source and rate, answers as before without stepping.
   */
  Ema(argument: _cabochon_model_v1_EmaRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Ema(argument: _cabochon_model_v1_EmaRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Ema(argument: _cabochon_model_v1_EmaRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Ema(argument: _cabochon_model_v1_EmaRequest, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  /**
   * target <- (1 - rate) * target + rate * source, from `target.version` to one higher. Asked again with the same
   * target, source and rate, answers as before without stepping.
   */
  ema(argument: _cabochon_model_v1_EmaRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  ema(argument: _cabochon_model_v1_EmaRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  ema(argument: _cabochon_model_v1_EmaRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  ema(argument: _cabochon_model_v1_EmaRequest, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  
  /**
   * Samples completions. One message for each prompt, with all its samples, in the order in which prompts finish.
   */
  Generate(argument: _cabochon_model_v1_GenerateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_cabochon_model_v1_PromptCompletions__Output>;
  Generate(argument: _cabochon_model_v1_GenerateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_cabochon_model_v1_PromptCompletions__Output>;
  /**
   * Samples completions. One message for each prompt, with all its samples, in the order in which prompts finish.
   */
  generate(argument: _cabochon_model_v1_GenerateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_cabochon_model_v1_PromptCompletions__Output>;
  generate(argument: _cabochon_model_v1_GenerateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_cabochon_model_v1_PromptCompletions__Output>;
  
  /**
   * What the server is doing now. Answers at once, also while a long step runs.
   */
  Health(argument: _cabochon_model_v1_HealthRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  Health(argument: _cabochon_model_v1_HealthRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  Health(argument: _cabochon_model_v1_HealthRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  Health(argument: _cabochon_model_v1_HealthRequest, callback: grpc.requestCallback<_cabochon_model_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  /**
   * What the server is doing now. Answers at once, also while a long step runs.
   */
  health(argument: _cabochon_model_v1_HealthRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  health(argument: _cabochon_model_v1_HealthRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  health(argument: _cabochon_model_v1_HealthRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  health(argument: _cabochon_model_v1_HealthRequest, callback: grpc.requestCallback<_cabochon_model_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The device and the weight sets on it.
   */
  Info(argument: _cabochon_model_v1_InfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_DeviceInfo__Output>): grpc.ClientUnaryCall;
  Info(argument: _cabochon_model_v1_InfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_DeviceInfo__Output>): grpc.ClientUnaryCall;
  Info(argument: _cabochon_model_v1_InfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_DeviceInfo__Output>): grpc.ClientUnaryCall;
  Info(argument: _cabochon_model_v1_InfoRequest, callback: grpc.requestCallback<_cabochon_model_v1_DeviceInfo__Output>): grpc.ClientUnaryCall;
  /**
   * The device and the weight sets on it.
   */
  info(argument: _cabochon_model_v1_InfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_DeviceInfo__Output>): grpc.ClientUnaryCall;
  info(argument: _cabochon_model_v1_InfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_DeviceInfo__Output>): grpc.ClientUnaryCall;
  info(argument: _cabochon_model_v1_InfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_DeviceInfo__Output>): grpc.ClientUnaryCall;
  info(argument: _cabochon_model_v1_InfoRequest, callback: grpc.requestCallback<_cabochon_model_v1_DeviceInfo__Output>): grpc.ClientUnaryCall;
  
  /**
   * Reads a checkpoint into a set. A set of that name is replaced, unless it came from the same source at the same
   * fence: then nothing is done and the set is described as it is now.
   */
  Load(argument: _cabochon_model_v1_LoadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Load(argument: _cabochon_model_v1_LoadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Load(argument: _cabochon_model_v1_LoadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Load(argument: _cabochon_model_v1_LoadRequest, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  /**
   * Reads a checkpoint into a set. A set of that name is replaced, unless it came from the same source at the same
   * fence: then nothing is done and the set is described as it is now.
   */
  load(argument: _cabochon_model_v1_LoadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  load(argument: _cabochon_model_v1_LoadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  load(argument: _cabochon_model_v1_LoadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  load(argument: _cabochon_model_v1_LoadRequest, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  
  /**
   * Makes a set out of others: their weighted sum, or the SLERP of their task vectors. A repeat is treated as by Load.
   */
  Merge(argument: _cabochon_model_v1_MergeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Merge(argument: _cabochon_model_v1_MergeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Merge(argument: _cabochon_model_v1_MergeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  Merge(argument: _cabochon_model_v1_MergeRequest, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  /**
   * Makes a set out of others: their weighted sum, or the SLERP of their task vectors. A repeat is treated as by Load.
   */
  merge(argument: _cabochon_model_v1_MergeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  merge(argument: _cabochon_model_v1_MergeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  merge(argument: _cabochon_model_v1_MergeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  merge(argument: _cabochon_model_v1_MergeRequest, callback: grpc.requestCallback<_cabochon_model_v1_SetInfo__Output>): grpc.ClientUnaryCall;
  
  /**
   * Rewards of completions by a reward model.
   */
  Reward(argument: _cabochon_model_v1_RewardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_RewardResponse__Output>): grpc.ClientUnaryCall;
  Reward(argument: _cabochon_model_v1_RewardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_RewardResponse__Output>): grpc.ClientUnaryCall;
  Reward(argument: _cabochon_model_v1_RewardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_RewardResponse__Output>): grpc.ClientUnaryCall;
  Reward(argument: _cabochon_model_v1_RewardRequest, callback: grpc.requestCallback<_cabochon_model_v1_RewardResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Rewards of completions by a reward model.
   */
  reward(argument: _cabochon_model_v1_RewardRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_RewardResponse__Output>): grpc.ClientUnaryCall;
  reward(argument: _cabochon_model_v1_RewardRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_RewardResponse__Output>): grpc.ClientUnaryCall;
  reward(argument: _cabochon_model_v1_RewardRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_RewardResponse__Output>): grpc.ClientUnaryCall;
  reward(argument: _cabochon_model_v1_RewardRequest, callback: grpc.requestCallback<_cabochon_model_v1_RewardResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * One optimizer step of a reward model on pairs. A repeat is treated as by TrainStep.
   */
  RewardStep(argument: _cabochon_model_v1_RewardStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_RewardStepResult__Output>): grpc.ClientUnaryCall;
  RewardStep(argument: _cabochon_model_v1_RewardStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_RewardStepResult__Output>): grpc.ClientUnaryCall;
  RewardStep(argument: _cabochon_model_v1_RewardStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_RewardStepResult__Output>): grpc.ClientUnaryCall;
  RewardStep(argument: _cabochon_model_v1_RewardStepRequest, callback: grpc.requestCallback<_cabochon_model_v1_RewardStepResult__Output>): grpc.ClientUnaryCall;
  /**
   * One optimizer step of a reward model on pairs. A repeat is treated as by TrainStep.
   */
  rewardStep(argument: _cabochon_model_v1_RewardStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_RewardStepResult__Output>): grpc.ClientUnaryCall;
  rewardStep(argument: _cabochon_model_v1_RewardStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_RewardStepResult__Output>): grpc.ClientUnaryCall;
  rewardStep(argument: _cabochon_model_v1_RewardStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_RewardStepResult__Output>): grpc.ClientUnaryCall;
  rewardStep(argument: _cabochon_model_v1_RewardStepRequest, callback: grpc.requestCallback<_cabochon_model_v1_RewardStepResult__Output>): grpc.ClientUnaryCall;
  
  /**
   * Writes a set to a folder in Hugging Face layout, or an adapter in peft's, whole or not at all. A repeat writes it
   * again.
   */
  Save(argument: _cabochon_model_v1_SaveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SaveResult__Output>): grpc.ClientUnaryCall;
  Save(argument: _cabochon_model_v1_SaveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SaveResult__Output>): grpc.ClientUnaryCall;
  Save(argument: _cabochon_model_v1_SaveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SaveResult__Output>): grpc.ClientUnaryCall;
  Save(argument: _cabochon_model_v1_SaveRequest, callback: grpc.requestCallback<_cabochon_model_v1_SaveResult__Output>): grpc.ClientUnaryCall;
  /**
   * Writes a set to a folder in Hugging Face layout, or an adapter in peft's, whole or not at all. A repeat writes it
   * again.
   */
  save(argument: _cabochon_model_v1_SaveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SaveResult__Output>): grpc.ClientUnaryCall;
  save(argument: _cabochon_model_v1_SaveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_SaveResult__Output>): grpc.ClientUnaryCall;
  save(argument: _cabochon_model_v1_SaveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_SaveResult__Output>): grpc.ClientUnaryCall;
  save(argument: _cabochon_model_v1_SaveRequest, callback: grpc.requestCallback<_cabochon_model_v1_SaveResult__Output>): grpc.ClientUnaryCall;
  
  /**
   * Log-probabilities of given completions.
   */
  Score(argument: _cabochon_model_v1_ScoreRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_ScoreResponse__Output>): grpc.ClientUnaryCall;
  Score(argument: _cabochon_model_v1_ScoreRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_ScoreResponse__Output>): grpc.ClientUnaryCall;
  Score(argument: _cabochon_model_v1_ScoreRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_ScoreResponse__Output>): grpc.ClientUnaryCall;
  Score(argument: _cabochon_model_v1_ScoreRequest, callback: grpc.requestCallback<_cabochon_model_v1_ScoreResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Log-probabilities of given completions.
   */
  score(argument: _cabochon_model_v1_ScoreRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_ScoreResponse__Output>): grpc.ClientUnaryCall;
  score(argument: _cabochon_model_v1_ScoreRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_ScoreResponse__Output>): grpc.ClientUnaryCall;
  score(argument: _cabochon_model_v1_ScoreRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_ScoreResponse__Output>): grpc.ClientUnaryCall;
  score(argument: _cabochon_model_v1_ScoreRequest, callback: grpc.requestCallback<_cabochon_model_v1_ScoreResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Draws from a teacher's distribution at each completion token. The same request gives the same draws.
   */
  TeacherTargets(argument: _cabochon_model_v1_TeacherTargetsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TeacherTargetsResponse__Output>): grpc.ClientUnaryCall;
  TeacherTargets(argument: _cabochon_model_v1_TeacherTargetsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_TeacherTargetsResponse__Output>): grpc.ClientUnaryCall;
  TeacherTargets(argument: _cabochon_model_v1_TeacherTargetsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TeacherTargetsResponse__Output>): grpc.ClientUnaryCall;
  TeacherTargets(argument: _cabochon_model_v1_TeacherTargetsRequest, callback: grpc.requestCallback<_cabochon_model_v1_TeacherTargetsResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Draws from a teacher's distribution at each completion token. The same request gives the same draws.
   */
  teacherTargets(argument: _cabochon_model_v1_TeacherTargetsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TeacherTargetsResponse__Output>): grpc.ClientUnaryCall;
  teacherTargets(argument: _cabochon_model_v1_TeacherTargetsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_TeacherTargetsResponse__Output>): grpc.ClientUnaryCall;
  teacherTargets(argument: _cabochon_model_v1_TeacherTargetsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TeacherTargetsResponse__Output>): grpc.ClientUnaryCall;
  teacherTargets(argument: _cabochon_model_v1_TeacherTargetsRequest, callback: grpc.requestCallback<_cabochon_model_v1_TeacherTargetsResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Texts to token ids, with the tokenizer and chat template of a set.
   */
  Tokenize(argument: _cabochon_model_v1_TokenizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _cabochon_model_v1_TokenizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _cabochon_model_v1_TokenizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _cabochon_model_v1_TokenizeRequest, callback: grpc.requestCallback<_cabochon_model_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Texts to token ids, with the tokenizer and chat template of a set.
   */
  tokenize(argument: _cabochon_model_v1_TokenizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _cabochon_model_v1_TokenizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _cabochon_model_v1_TokenizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _cabochon_model_v1_TokenizeRequest, callback: grpc.requestCallback<_cabochon_model_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * One optimizer step, from `set.version` to one higher. Asked again with the same version and `batch_digest`, answers
   * as before without stepping.
   */
  TrainStep(argument: _cabochon_model_v1_TrainStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TrainStepResult__Output>): grpc.ClientUnaryCall;
  TrainStep(argument: _cabochon_model_v1_TrainStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_TrainStepResult__Output>): grpc.ClientUnaryCall;
  TrainStep(argument: _cabochon_model_v1_TrainStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TrainStepResult__Output>): grpc.ClientUnaryCall;
  TrainStep(argument: _cabochon_model_v1_TrainStepRequest, callback: grpc.requestCallback<_cabochon_model_v1_TrainStepResult__Output>): grpc.ClientUnaryCall;
  /**
   * One optimizer step, from `set.version` to one higher. Asked again with the same version and `batch_digest`, answers
   * as before without stepping.
   */
  trainStep(argument: _cabochon_model_v1_TrainStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TrainStepResult__Output>): grpc.ClientUnaryCall;
  trainStep(argument: _cabochon_model_v1_TrainStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_cabochon_model_v1_TrainStepResult__Output>): grpc.ClientUnaryCall;
  trainStep(argument: _cabochon_model_v1_TrainStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_cabochon_model_v1_TrainStepResult__Output>): grpc.ClientUnaryCall;
  trainStep(argument: _cabochon_model_v1_TrainStepRequest, callback: grpc.requestCallback<_cabochon_model_v1_TrainStepResult__Output>): grpc.ClientUnaryCall;
  
  /**
   * Progress of the work in hand, from now until the caller hangs up. A slow reader misses messages.
   */
  Watch(argument: _cabochon_model_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_cabochon_model_v1_Progress__Output>;
  Watch(argument: _cabochon_model_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_cabochon_model_v1_Progress__Output>;
  /**
   * Progress of the work in hand, from now until the caller hangs up. A slow reader misses messages.
   */
  watch(argument: _cabochon_model_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_cabochon_model_v1_Progress__Output>;
  watch(argument: _cabochon_model_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_cabochon_model_v1_Progress__Output>;
  
}

export interface ModelServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Makes a set with the weights of another. A repeat is treated as by Load.
   */
  Copy: grpc.handleUnaryCall<_cabochon_model_v1_CopyRequest__Output, _cabochon_model_v1_SetInfo>;
  
  /**
   * Frees a set. Fine when it is absent.
   */
  Drop: grpc.handleUnaryCall<_cabochon_model_v1_DropRequest__Output, _cabochon_model_v1_DropResponse>;
  
  /**
   * target <- (1 - rate) * target + rate * source, from `target.version` to one higher. Asked again with the same
   * target, source and rate, answers as before without stepping.
   */
  Ema: grpc.handleUnaryCall<_cabochon_model_v1_EmaRequest__Output, _cabochon_model_v1_SetInfo>;
  
  /**
   * Samples completions. One message for each prompt, with all its samples, in the order in which prompts finish.
   */
  Generate: grpc.handleServerStreamingCall<_cabochon_model_v1_GenerateRequest__Output, _cabochon_model_v1_PromptCompletions>;
  
  /**
   * What the server is doing now. Answers at once, also while a long step runs.
   */
  Health: grpc.handleUnaryCall<_cabochon_model_v1_HealthRequest__Output, _cabochon_model_v1_HealthResponse>;
  
  /**
   * The device and the weight sets on it.
   */
  Info: grpc.handleUnaryCall<_cabochon_model_v1_InfoRequest__Output, _cabochon_model_v1_DeviceInfo>;
  
  /**
   * Reads a checkpoint into a set. A set of that name is replaced, unless it came from the same source at the same
   * fence: then nothing is done and the set is described as it is now.
   */
  Load: grpc.handleUnaryCall<_cabochon_model_v1_LoadRequest__Output, _cabochon_model_v1_SetInfo>;
  
  /**
   * Makes a set out of others: their weighted sum, or the SLERP of their task vectors. A repeat is treated as by Load.
   */
  Merge: grpc.handleUnaryCall<_cabochon_model_v1_MergeRequest__Output, _cabochon_model_v1_SetInfo>;
  
  /**
   * Rewards of completions by a reward model.
   */
  Reward: grpc.handleUnaryCall<_cabochon_model_v1_RewardRequest__Output, _cabochon_model_v1_RewardResponse>;
  
  /**
   * One optimizer step of a reward model on pairs. A repeat is treated as by TrainStep.
   */
  RewardStep: grpc.handleUnaryCall<_cabochon_model_v1_RewardStepRequest__Output, _cabochon_model_v1_RewardStepResult>;
  
  /**
   * Writes a set to a folder in Hugging Face layout, or an adapter in peft's, whole or not at all. A repeat writes it
   * again.
   */
  Save: grpc.handleUnaryCall<_cabochon_model_v1_SaveRequest__Output, _cabochon_model_v1_SaveResult>;
  
  /**
   * Log-probabilities of given completions.
   */
  Score: grpc.handleUnaryCall<_cabochon_model_v1_ScoreRequest__Output, _cabochon_model_v1_ScoreResponse>;
  
  /**
   * Draws from a teacher's distribution at each completion token. The same request gives the same draws.
   */
  TeacherTargets: grpc.handleUnaryCall<_cabochon_model_v1_TeacherTargetsRequest__Output, _cabochon_model_v1_TeacherTargetsResponse>;
  
  /**
   * Texts to token ids, with the tokenizer and chat template of a set.
   */
  Tokenize: grpc.handleUnaryCall<_cabochon_model_v1_TokenizeRequest__Output, _cabochon_model_v1_TokenizeResponse>;
  
  /**
   * One optimizer step, from `set.version` to one higher. Asked again with the same version and `batch_digest`, answers
   * as before without stepping.
   */
  TrainStep: grpc.handleUnaryCall<_cabochon_model_v1_TrainStepRequest__Output, _cabochon_model_v1_TrainStepResult>;
  
  /**
   * Progress of the work in hand, from now until the caller hangs up. A slow reader misses messages.
   */
  Watch: grpc.handleServerStreamingCall<_cabochon_model_v1_WatchRequest__Output, _cabochon_model_v1_Progress>;
  
}

export interface ModelServiceDefinition extends grpc.ServiceDefinition {
  Copy: MethodDefinition<_cabochon_model_v1_CopyRequest, _cabochon_model_v1_SetInfo, _cabochon_model_v1_CopyRequest__Output, _cabochon_model_v1_SetInfo__Output>
  Drop: MethodDefinition<_cabochon_model_v1_DropRequest, _cabochon_model_v1_DropResponse, _cabochon_model_v1_DropRequest__Output, _cabochon_model_v1_DropResponse__Output>
  Ema: MethodDefinition<_cabochon_model_v1_EmaRequest, _cabochon_model_v1_SetInfo, _cabochon_model_v1_EmaRequest__Output, _cabochon_model_v1_SetInfo__Output>
  Generate: MethodDefinition<_cabochon_model_v1_GenerateRequest, _cabochon_model_v1_PromptCompletions, _cabochon_model_v1_GenerateRequest__Output, _cabochon_model_v1_PromptCompletions__Output>
  Health: MethodDefinition<_cabochon_model_v1_HealthRequest, _cabochon_model_v1_HealthResponse, _cabochon_model_v1_HealthRequest__Output, _cabochon_model_v1_HealthResponse__Output>
  Info: MethodDefinition<_cabochon_model_v1_InfoRequest, _cabochon_model_v1_DeviceInfo, _cabochon_model_v1_InfoRequest__Output, _cabochon_model_v1_DeviceInfo__Output>
  Load: MethodDefinition<_cabochon_model_v1_LoadRequest, _cabochon_model_v1_SetInfo, _cabochon_model_v1_LoadRequest__Output, _cabochon_model_v1_SetInfo__Output>
  Merge: MethodDefinition<_cabochon_model_v1_MergeRequest, _cabochon_model_v1_SetInfo, _cabochon_model_v1_MergeRequest__Output, _cabochon_model_v1_SetInfo__Output>
  Reward: MethodDefinition<_cabochon_model_v1_RewardRequest, _cabochon_model_v1_RewardResponse, _cabochon_model_v1_RewardRequest__Output, _cabochon_model_v1_RewardResponse__Output>
  RewardStep: MethodDefinition<_cabochon_model_v1_RewardStepRequest, _cabochon_model_v1_RewardStepResult, _cabochon_model_v1_RewardStepRequest__Output, _cabochon_model_v1_RewardStepResult__Output>
  Save: MethodDefinition<_cabochon_model_v1_SaveRequest, _cabochon_model_v1_SaveResult, _cabochon_model_v1_SaveRequest__Output, _cabochon_model_v1_SaveResult__Output>
  Score: MethodDefinition<_cabochon_model_v1_ScoreRequest, _cabochon_model_v1_ScoreResponse, _cabochon_model_v1_ScoreRequest__Output, _cabochon_model_v1_ScoreResponse__Output>
  TeacherTargets: MethodDefinition<_cabochon_model_v1_TeacherTargetsRequest, _cabochon_model_v1_TeacherTargetsResponse, _cabochon_model_v1_TeacherTargetsRequest__Output, _cabochon_model_v1_TeacherTargetsResponse__Output>
  Tokenize: MethodDefinition<_cabochon_model_v1_TokenizeRequest, _cabochon_model_v1_TokenizeResponse, _cabochon_model_v1_TokenizeRequest__Output, _cabochon_model_v1_TokenizeResponse__Output>
  TrainStep: MethodDefinition<_cabochon_model_v1_TrainStepRequest, _cabochon_model_v1_TrainStepResult, _cabochon_model_v1_TrainStepRequest__Output, _cabochon_model_v1_TrainStepResult__Output>
  Watch: MethodDefinition<_cabochon_model_v1_WatchRequest, _cabochon_model_v1_Progress, _cabochon_model_v1_WatchRequest__Output, _cabochon_model_v1_Progress__Output>
}
