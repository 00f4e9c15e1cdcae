import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Adapter as _cabochon_model_v1_Adapter, Adapter__Output as _cabochon_model_v1_Adapter__Output } from './cabochon/model/v1/Adapter.ts';
import type { Calibration as _cabochon_model_v1_Calibration, Calibration__Output as _cabochon_model_v1_Calibration__Output } from './cabochon/model/v1/Calibration.ts';
import type { Completion as _cabochon_model_v1_Completion, Completion__Output as _cabochon_model_v1_Completion__Output } from './cabochon/model/v1/Completion.ts';
import type { CopyRequest as _cabochon_model_v1_CopyRequest, CopyRequest__Output as _cabochon_model_v1_CopyRequest__Output } from './cabochon/model/v1/CopyRequest.ts';
import type { DeviceInfo as _cabochon_model_v1_DeviceInfo, DeviceInfo__Output as _cabochon_model_v1_DeviceInfo__Output } from './cabochon/model/v1/DeviceInfo.ts';
import type { Distillation as _cabochon_model_v1_Distillation, Distillation__Output as _cabochon_model_v1_Distillation__Output } from './cabochon/model/v1/Distillation.ts';
import type { DropRequest as _cabochon_model_v1_DropRequest, DropRequest__Output as _cabochon_model_v1_DropRequest__Output } from './cabochon/model/v1/DropRequest.ts';
import type { DropResponse as _cabochon_model_v1_DropResponse, DropResponse__Output as _cabochon_model_v1_DropResponse__Output } from './cabochon/model/v1/DropResponse.ts';
import type { Dropout as _cabochon_model_v1_Dropout, Dropout__Output as _cabochon_model_v1_Dropout__Output } from './cabochon/model/v1/Dropout.ts';
import type { EmaRequest as _cabochon_model_v1_EmaRequest, EmaRequest__Output as _cabochon_model_v1_EmaRequest__Output } from './cabochon/model/v1/EmaRequest.ts';
import type { GeneratePrompt as _cabochon_model_v1_GeneratePrompt, GeneratePrompt__Output as _cabochon_model_v1_GeneratePrompt__Output } from './cabochon/model/v1/GeneratePrompt.ts';
import type { GenerateRequest as _cabochon_model_v1_GenerateRequest, GenerateRequest__Output as _cabochon_model_v1_GenerateRequest__Output } from './cabochon/model/v1/GenerateRequest.ts';
import type { HealthRequest as _cabochon_model_v1_HealthRequest, HealthRequest__Output as _cabochon_model_v1_HealthRequest__Output } from './cabochon/model/v1/HealthRequest.ts';
import type { HealthResponse as _cabochon_model_v1_HealthResponse, HealthResponse__Output as _cabochon_model_v1_HealthResponse__Output } from './cabochon/model/v1/HealthResponse.ts';
import type { InfoRequest as _cabochon_model_v1_InfoRequest, InfoRequest__Output as _cabochon_model_v1_InfoRequest__Output } from './cabochon/model/v1/InfoRequest.ts';
import type { LinearMerge as _cabochon_model_v1_LinearMerge, LinearMerge__Output as _cabochon_model_v1_LinearMerge__Output } from './cabochon/model/v1/LinearMerge.ts';
import type { LoadRequest as _cabochon_model_v1_LoadRequest, LoadRequest__Output as _cabochon_model_v1_LoadRequest__Output } from './cabochon/model/v1/LoadRequest.ts';
import type { Lora as _cabochon_model_v1_Lora, Lora__Output as _cabochon_model_v1_Lora__Output } from './cabochon/model/v1/Lora.ts';
import type { MergePart as _cabochon_model_v1_MergePart, MergePart__Output as _cabochon_model_v1_MergePart__Output } from './cabochon/model/v1/MergePart.ts';
import type { MergeRequest as _cabochon_model_v1_MergeRequest, MergeRequest__Output as _cabochon_model_v1_MergeRequest__Output } from './cabochon/model/v1/MergeRequest.ts';
import type { ModelServiceClient as _cabochon_model_v1_ModelServiceClient, ModelServiceDefinition as _cabochon_model_v1_ModelServiceDefinition } from './cabochon/model/v1/ModelService.ts';
import type { OptimizerOptions as _cabochon_model_v1_OptimizerOptions, OptimizerOptions__Output as _cabochon_model_v1_OptimizerOptions__Output } from './cabochon/model/v1/OptimizerOptions.ts';
import type { PreferencePair as _cabochon_model_v1_PreferencePair, PreferencePair__Output as _cabochon_model_v1_PreferencePair__Output } from './cabochon/model/v1/PreferencePair.ts';
import type { Progress as _cabochon_model_v1_Progress, Progress__Output as _cabochon_model_v1_Progress__Output } from './cabochon/model/v1/Progress.ts';
import type { PromptCompletions as _cabochon_model_v1_PromptCompletions, PromptCompletions__Output as _cabochon_model_v1_PromptCompletions__Output } from './cabochon/model/v1/PromptCompletions.ts';
import type { RewardModelInfo as _cabochon_model_v1_RewardModelInfo, RewardModelInfo__Output as _cabochon_model_v1_RewardModelInfo__Output } from './cabochon/model/v1/RewardModelInfo.ts';
import type { RewardRequest as _cabochon_model_v1_RewardRequest, RewardRequest__Output as _cabochon_model_v1_RewardRequest__Output } from './cabochon/model/v1/RewardRequest.ts';
import type { RewardResponse as _cabochon_model_v1_RewardResponse, RewardResponse__Output as _cabochon_model_v1_RewardResponse__Output } from './cabochon/model/v1/RewardResponse.ts';
import type { RewardStepRequest as _cabochon_model_v1_RewardStepRequest, RewardStepRequest__Output as _cabochon_model_v1_RewardStepRequest__Output } from './cabochon/model/v1/RewardStepRequest.ts';
import type { RewardStepResult as _cabochon_model_v1_RewardStepResult, RewardStepResult__Output as _cabochon_model_v1_RewardStepResult__Output } from './cabochon/model/v1/RewardStepResult.ts';
import type { SamplingOptions as _cabochon_model_v1_SamplingOptions, SamplingOptions__Output as _cabochon_model_v1_SamplingOptions__Output } from './cabochon/model/v1/SamplingOptions.ts';
import type { SaveRequest as _cabochon_model_v1_SaveRequest, SaveRequest__Output as _cabochon_model_v1_SaveRequest__Output } from './cabochon/model/v1/SaveRequest.ts';
import type { SaveResult as _cabochon_model_v1_SaveResult, SaveResult__Output as _cabochon_model_v1_SaveResult__Output } from './cabochon/model/v1/SaveResult.ts';
import type { ScoreHead as _cabochon_model_v1_ScoreHead, ScoreHead__Output as _cabochon_model_v1_ScoreHead__Output } from './cabochon/model/v1/ScoreHead.ts';
import type { ScoreRequest as _cabochon_model_v1_ScoreRequest, ScoreRequest__Output as _cabochon_model_v1_ScoreRequest__Output } from './cabochon/model/v1/ScoreRequest.ts';
import type { ScoreResponse as _cabochon_model_v1_ScoreResponse, ScoreResponse__Output as _cabochon_model_v1_ScoreResponse__Output } from './cabochon/model/v1/ScoreResponse.ts';
import type { Sequence as _cabochon_model_v1_Sequence, Sequence__Output as _cabochon_model_v1_Sequence__Output } from './cabochon/model/v1/Sequence.ts';
import type { SetInfo as _cabochon_model_v1_SetInfo, SetInfo__Output as _cabochon_model_v1_SetInfo__Output } from './cabochon/model/v1/SetInfo.ts';
import type { SetRef as _cabochon_model_v1_SetRef, SetRef__Output as _cabochon_model_v1_SetRef__Output } from './cabochon/model/v1/SetRef.ts';
import type { SlerpMerge as _cabochon_model_v1_SlerpMerge, SlerpMerge__Output as _cabochon_model_v1_SlerpMerge__Output } from './cabochon/model/v1/SlerpMerge.ts';
import type { SparseTargets as _cabochon_model_v1_SparseTargets, SparseTargets__Output as _cabochon_model_v1_SparseTargets__Output } from './cabochon/model/v1/SparseTargets.ts';
import type { TeacherDraw as _cabochon_model_v1_TeacherDraw, TeacherDraw__Output as _cabochon_model_v1_TeacherDraw__Output } from './cabochon/model/v1/TeacherDraw.ts';
import type { TeacherSequence as _cabochon_model_v1_TeacherSequence, TeacherSequence__Output as _cabochon_model_v1_TeacherSequence__Output } from './cabochon/model/v1/TeacherSequence.ts';
import type { TeacherTargetsRequest as _cabochon_model_v1_TeacherTargetsRequest, TeacherTargetsRequest__Output as _cabochon_model_v1_TeacherTargetsRequest__Output } from './cabochon/model/v1/TeacherTargetsRequest.ts';
import type { TeacherTargetsResponse as _cabochon_model_v1_TeacherTargetsResponse, TeacherTargetsResponse__Output as _cabochon_model_v1_TeacherTargetsResponse__Output } from './cabochon/model/v1/TeacherTargetsResponse.ts';
import type { TeacherTerm as _cabochon_model_v1_TeacherTerm, TeacherTerm__Output as _cabochon_model_v1_TeacherTerm__Output } from './cabochon/model/v1/TeacherTerm.ts';
import type { TokenLogProbs as _cabochon_model_v1_TokenLogProbs, TokenLogProbs__Output as _cabochon_model_v1_TokenLogProbs__Output } from './cabochon/model/v1/TokenLogProbs.ts';
import type { TokenizeItem as _cabochon_model_v1_TokenizeItem, TokenizeItem__Output as _cabochon_model_v1_TokenizeItem__Output } from './cabochon/model/v1/TokenizeItem.ts';
import type { TokenizeRequest as _cabochon_model_v1_TokenizeRequest, TokenizeRequest__Output as _cabochon_model_v1_TokenizeRequest__Output } from './cabochon/model/v1/TokenizeRequest.ts';
import type { TokenizeResponse as _cabochon_model_v1_TokenizeResponse, TokenizeResponse__Output as _cabochon_model_v1_TokenizeResponse__Output } from './cabochon/model/v1/TokenizeResponse.ts';
import type { TrainStepRequest as _cabochon_model_v1_TrainStepRequest, TrainStepRequest__Output as _cabochon_model_v1_TrainStepRequest__Output } from './cabochon/model/v1/TrainStepRequest.ts';
import type { TrainStepResult as _cabochon_model_v1_TrainStepResult, TrainStepResult__Output as _cabochon_model_v1_TrainStepResult__Output } from './cabochon/model/v1/TrainStepResult.ts';
import type { WatchRequest as _cabochon_model_v1_WatchRequest, WatchRequest__Output as _cabochon_model_v1_WatchRequest__Output } from './cabochon/model/v1/WatchRequest.ts';
import type { WeightedSequence as _cabochon_model_v1_WeightedSequence, WeightedSequence__Output as _cabochon_model_v1_WeightedSequence__Output } from './cabochon/model/v1/WeightedSequence.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  cabochon: {
    model: {
      v1: {
        Adapter: MessageTypeDefinition<_cabochon_model_v1_Adapter, _cabochon_model_v1_Adapter__Output>
        Calibration: MessageTypeDefinition<_cabochon_model_v1_Calibration, _cabochon_model_v1_Calibration__Output>
        Completion: MessageTypeDefinition<_cabochon_model_v1_Completion, _cabochon_model_v1_Completion__Output>
        CopyRequest: MessageTypeDefinition<_cabochon_model_v1_CopyRequest, _cabochon_model_v1_CopyRequest__Output>
        DeviceInfo: MessageTypeDefinition<_cabochon_model_v1_DeviceInfo, _cabochon_model_v1_DeviceInfo__Output>
        Distillation: MessageTypeDefinition<_cabochon_model_v1_Distillation, _cabochon_model_v1_Distillation__Output>
        DistillationKind: EnumTypeDefinition
        DropRequest: MessageTypeDefinition<_cabochon_model_v1_DropRequest, _cabochon_model_v1_DropRequest__Output>
        DropResponse: MessageTypeDefinition<_cabochon_model_v1_DropResponse, _cabochon_model_v1_DropResponse__Output>
        Dropout: MessageTypeDefinition<_cabochon_model_v1_Dropout, _cabochon_model_v1_Dropout__Output>
        EmaRequest: MessageTypeDefinition<_cabochon_model_v1_EmaRequest, _cabochon_model_v1_EmaRequest__Output>
        FinishReason: EnumTypeDefinition
        GeneratePrompt: MessageTypeDefinition<_cabochon_model_v1_GeneratePrompt, _cabochon_model_v1_GeneratePrompt__Output>
        GenerateRequest: MessageTypeDefinition<_cabochon_model_v1_GenerateRequest, _cabochon_model_v1_GenerateRequest__Output>
        HealthRequest: MessageTypeDefinition<_cabochon_model_v1_HealthRequest, _cabochon_model_v1_HealthRequest__Output>
        HealthResponse: MessageTypeDefinition<_cabochon_model_v1_HealthResponse, _cabochon_model_v1_HealthResponse__Output>
        InfoRequest: MessageTypeDefinition<_cabochon_model_v1_InfoRequest, _cabochon_model_v1_InfoRequest__Output>
        LinearMerge: MessageTypeDefinition<_cabochon_model_v1_LinearMerge, _cabochon_model_v1_LinearMerge__Output>
        LoadRequest: MessageTypeDefinition<_cabochon_model_v1_LoadRequest, _cabochon_model_v1_LoadRequest__Output>
        Lora: MessageTypeDefinition<_cabochon_model_v1_Lora, _cabochon_model_v1_Lora__Output>
        MergePart: MessageTypeDefinition<_cabochon_model_v1_MergePart, _cabochon_model_v1_MergePart__Output>
        MergeRequest: MessageTypeDefinition<_cabochon_model_v1_MergeRequest, _cabochon_model_v1_MergeRequest__Output>
        ModelService: SubtypeConstructor<typeof grpc.Client, _cabochon_model_v1_ModelServiceClient> & { service: _cabochon_model_v1_ModelServiceDefinition }
        OptimizerOptions: MessageTypeDefinition<_cabochon_model_v1_OptimizerOptions, _cabochon_model_v1_OptimizerOptions__Output>
        Precision: EnumTypeDefinition
        PreferencePair: MessageTypeDefinition<_cabochon_model_v1_PreferencePair, _cabochon_model_v1_PreferencePair__Output>
        Progress: MessageTypeDefinition<_cabochon_model_v1_Progress, _cabochon_model_v1_Progress__Output>
        ProgressKind: EnumTypeDefinition
        PromptCompletions: MessageTypeDefinition<_cabochon_model_v1_PromptCompletions, _cabochon_model_v1_PromptCompletions__Output>
        RewardModelInfo: MessageTypeDefinition<_cabochon_model_v1_RewardModelInfo, _cabochon_model_v1_RewardModelInfo__Output>
        RewardRequest: MessageTypeDefinition<_cabochon_model_v1_RewardRequest, _cabochon_model_v1_RewardRequest__Output>
        RewardResponse: MessageTypeDefinition<_cabochon_model_v1_RewardResponse, _cabochon_model_v1_RewardResponse__Output>
        RewardStepRequest: MessageTypeDefinition<_cabochon_model_v1_RewardStepRequest, _cabochon_model_v1_RewardStepRequest__Output>
        RewardStepResult: MessageTypeDefinition<_cabochon_model_v1_RewardStepResult, _cabochon_model_v1_RewardStepResult__Output>
        SamplingOptions: MessageTypeDefinition<_cabochon_model_v1_SamplingOptions, _cabochon_model_v1_SamplingOptions__Output>
        SaveRequest: MessageTypeDefinition<_cabochon_model_v1_SaveRequest, _cabochon_model_v1_SaveRequest__Output>
        SaveResult: MessageTypeDefinition<_cabochon_model_v1_SaveResult, _cabochon_model_v1_SaveResult__Output>
        ScoreHead: MessageTypeDefinition<_cabochon_model_v1_ScoreHead, _cabochon_model_v1_ScoreHead__Output>
        ScoreRequest: MessageTypeDefinition<_cabochon_model_v1_ScoreRequest, _cabochon_model_v1_ScoreRequest__Output>
        ScoreResponse: MessageTypeDefinition<_cabochon_model_v1_ScoreResponse, _cabochon_model_v1_ScoreResponse__Output>
        Sequence: MessageTypeDefinition<_cabochon_model_v1_Sequence, _cabochon_model_v1_Sequence__Output>
        ServerStatus: EnumTypeDefinition
        SetInfo: MessageTypeDefinition<_cabochon_model_v1_SetInfo, _cabochon_model_v1_SetInfo__Output>
        SetRef: MessageTypeDefinition<_cabochon_model_v1_SetRef, _cabochon_model_v1_SetRef__Output>
        SlerpMerge: MessageTypeDefinition<_cabochon_model_v1_SlerpMerge, _cabochon_model_v1_SlerpMerge__Output>
        SparseTargets: MessageTypeDefinition<_cabochon_model_v1_SparseTargets, _cabochon_model_v1_SparseTargets__Output>
        TeacherDraw: MessageTypeDefinition<_cabochon_model_v1_TeacherDraw, _cabochon_model_v1_TeacherDraw__Output>
        TeacherSequence: MessageTypeDefinition<_cabochon_model_v1_TeacherSequence, _cabochon_model_v1_TeacherSequence__Output>
        TeacherTargetsRequest: MessageTypeDefinition<_cabochon_model_v1_TeacherTargetsRequest, _cabochon_model_v1_TeacherTargetsRequest__Output>
        TeacherTargetsResponse: MessageTypeDefinition<_cabochon_model_v1_TeacherTargetsResponse, _cabochon_model_v1_TeacherTargetsResponse__Output>
        TeacherTerm: MessageTypeDefinition<_cabochon_model_v1_TeacherTerm, _cabochon_model_v1_TeacherTerm__Output>
        TeacherWeighting: EnumTypeDefinition
        TokenLogProbs: MessageTypeDefinition<_cabochon_model_v1_TokenLogProbs, _cabochon_model_v1_TokenLogProbs__Output>
        TokenizeItem: MessageTypeDefinition<_cabochon_model_v1_TokenizeItem, _cabochon_model_v1_TokenizeItem__Output>
        TokenizeRequest: MessageTypeDefinition<_cabochon_model_v1_TokenizeRequest, _cabochon_model_v1_TokenizeRequest__Output>
        TokenizeResponse: MessageTypeDefinition<_cabochon_model_v1_TokenizeResponse, _cabochon_model_v1_TokenizeResponse__Output>
        TrainStepRequest: MessageTypeDefinition<_cabochon_model_v1_TrainStepRequest, _cabochon_model_v1_TrainStepRequest__Output>
        TrainStepResult: MessageTypeDefinition<_cabochon_model_v1_TrainStepResult, _cabochon_model_v1_TrainStepResult__Output>
        TrainedPart: EnumTypeDefinition
        WatchRequest: MessageTypeDefinition<_cabochon_model_v1_WatchRequest, _cabochon_model_v1_WatchRequest__Output>
        WeightedSequence: MessageTypeDefinition<_cabochon_model_v1_WeightedSequence, _cabochon_model_v1_WeightedSequence__Output>
      }
    }
  }
}

