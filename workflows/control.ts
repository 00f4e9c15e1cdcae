import { defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';

/** What people asked of a run. Once `stopping`, it stays so. */
export interface Control {
  readonly paused: boolean;
  readonly stopping: boolean;
}

export const GOING: Control = { paused: false, stopping: false };

/** Waits after the step in hand, with everything kept on the model server. */
export const pauseUpdate = defineUpdate<Control>('pause');
export const resumeUpdate = defineUpdate<Control>('resume');
/** Ends after the step in hand, with a checkpoint from which the run can be started again. */
export const stopUpdate = defineUpdate<Control>('stop');

/** How a run hands its control on to the stage at work. */
export const controlSignal = defineSignal<[Control]>('control');

/** Holds the control of a workflow that people talk to; `changed` passes it on. */
export function answerControlUpdates(changed: (control: Control) => Promise<void>): { readonly value: Control } {
  const held = { value: GOING };
  const set = async (change: Partial<Control>) => {
    held.value = { ...held.value, ...change };
    await changed(held.value);
    return held.value;
  };
  const refuse = (condition: boolean, message: string) => {
    if (condition) throw new Error(message);
  };
  setHandler(pauseUpdate, () => set({ paused: true }), {
    validator: () => {
      refuse(held.value.stopping, 'the run is stopping');
      refuse(held.value.paused, 'the run is paused already');
    },
  });
  setHandler(resumeUpdate, () => set({ paused: false }), {
    validator: () => refuse(!held.value.paused, 'the run is not paused'),
  });
  setHandler(stopUpdate, () => set({ paused: false, stopping: true }), {
    validator: () => refuse(held.value.stopping, 'the run is stopping already'),
  });
  return held;
}

/** Holds the control of a stage, as its run hands it on. */
export function followControl(start: Control): { readonly value: Control } {
  const held = { value: start };
  setHandler(controlSignal, (control) => void (held.value = control));
  return held;
}
