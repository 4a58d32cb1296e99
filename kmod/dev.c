// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/kota: takes bytes from the writer, once, straight into the memory where
 * they are judged, and tells him which are still wanted. The only code that copies
 * from or to user space.
 */

#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "kota_private.h"

static int dev_open(struct inode *inode, struct file *file)
{
	struct kota *kota = container_of(file->private_data, struct kota, misc);
	struct kota_session *s;

	/* Who reads only has nothing to ask for. */
	if (!(file->f_mode & FMODE_WRITE))
		return -EACCES;
	s = kota_session_open(kota);
	if (IS_ERR(s))
		return PTR_ERR(s);
	file->private_data = s;
	return stream_open(inode, file);
}

/*
 * A writer that stops in the middle has got no verdict; close(2) tells it so.
 * Says it only: this may be one of several descriptors of the stream.
 */
static int dev_flush(struct file *file, fl_owner_t id)
{
	struct kota_session *s = file->private_data;
	bool open_ended;

	if (!kota_session_trylock(s))
		return 0;
	open_ended = kota_session_is_open_ended(s);
	kota_session_unlock(s);
	return open_ended ? -EPIPE : 0;
}

static int dev_release(struct inode *inode, struct file *file)
{
	kota_session_close(file->private_data);
	return 0;
}

/*
 * One window of the stream. Returns the bytes taken, 0 when the writer's memory
 * could not be read, or the verdict.
 */
static ssize_t take_bytes(struct kota_session *s, const char __user *ubuf,
			  size_t count)
{
	size_t len, missed;
	u8 *window;
	int err;

	window = kota_session_window(s, &len);
	if (IS_ERR(window))
		return PTR_ERR(window);
	len = min(len, count);
	missed = copy_from_user(window, ubuf, len);
	if (missed == len)
		return 0;
	len -= missed;
	err = kota_session_push(s, len, count > len);
	return err ?: len;
}

/*
 * A refusal is reported at once, whatever part of the buffer was taken before:
 * the writer has to see it, and every further write gets it again.
 */
static ssize_t dev_write(struct file *file, const char __user *ubuf,
			 size_t count, loff_t *ppos)
{
	struct kota_session *s = file->private_data;
	size_t done = 0;
	ssize_t ret = 0;

	/* Two writers at once would mix their bytes. */
	if (!kota_session_trylock(s))
		return -EBUSY;
	while (done < count) {
		if (fatal_signal_pending(current)) {
			ret = done ?: -EINTR;
			break;
		}
		ret = take_bytes(s, ubuf + done, count - done);
		if (ret <= 0)
			break;
		done += ret;
		cond_resched();
	}
	kota_session_unlock(s);
	if (ret < 0)
		return ret;
	return done || !count ? done : -EFAULT;
}

/* Whole ranges only; what could not be copied out is given again. */
static ssize_t dev_read(struct file *file, char __user *ubuf, size_t count,
			loff_t *ppos)
{
	struct kota_session *s = file->private_data;
	struct kota_range range;
	size_t done = 0;
	int ret = 0;

	if (count && count < sizeof(range))
		return -EINVAL;
	if (!kota_session_trylock(s))
		return -EBUSY;
	while (count - done >= sizeof(range)) {
		ret = kota_session_need(s, &range);
		if (ret <= 0)
			break;
		ret = copy_to_user(ubuf + done, &range, sizeof(range)) ?
			      -EFAULT :
			      0;
		if (ret)
			break;
		kota_session_needed(s);
		done += sizeof(range);
	}
	kota_session_unlock(s);
	return done ?: ret;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.read = dev_read,
	.write = dev_write,
	.flush = dev_flush,
	.llseek = noop_llseek,
};

/**
 * kota_dev_open() - make /dev/kota
 * @kota: the device, ready for deliverables
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int kota_dev_open(struct kota *kota)
{
	kota->misc = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = "kota",
		.fops = &dev_fops,
		.parent = kota->dev,
		.mode = 0600,
	};
	return misc_register(&kota->misc);
}

/**
 * kota_dev_close() - take /dev/kota away
 * @kota: the device
 */
void kota_dev_close(struct kota *kota)
{
	misc_deregister(&kota->misc);
}
